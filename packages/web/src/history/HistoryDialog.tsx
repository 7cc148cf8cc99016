import {OutcomeBadge} from '../panels/ResultBar.tsx';
import {describeOutcome, formatMs} from '../session/describe-run.ts';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import type {HistoryEntry} from './history.ts';

interface HistoryDialogProps {
  readonly playground: Playground;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Own runs, the newest first; a click brings one back. */
export function HistoryDialog({playground, isOpen, onClose}: HistoryDialogProps) {
  const entries = useStore(playground.state, (state) => state.history);
  return (
    <Dialog title="Your runs" isOpen={isOpen} onClose={onClose}>
      {entries.length === 0 ? (
        <p className="text-soft">Nothing has been run yet. Runs are remembered in this browser only.</p>
      ) : (
        <>
          <ul className="grid gap-1.5">
            {entries.map((entry) => (
              <li key={entry.runId}>
                <EntryButton
                  entry={entry}
                  language={playground.language(entry.workspace.language)?.name ?? entry.workspace.language}
                  onOpen={() => {
                    onClose();
                    void playground.reopen(entry);
                  }}
                />
              </li>
            ))}
          </ul>
          <p className="mt-4 flex items-center justify-between gap-4 text-xs text-soft">
            Remembered in this browser only.
            <Button onClick={() => playground.clearHistory()}>Forget them all</Button>
          </p>
        </>
      )}
    </Dialog>
  );
}

function EntryButton({entry, language, onOpen}: {entry: HistoryEntry; language: string; onOpen: () => void}) {
  const {label, tone} = describeOutcome(entry.outcome);
  const code = entry.workspace.files.map(({content}) => content).join('\n');
  return (
    <button
      type="button"
      onClick={onOpen}
      className="grid w-full gap-1 rounded-xl border border-line px-3 py-2 text-left hover:bg-raised"
    >
      <span className="flex flex-wrap items-center gap-x-3">
        <span className="font-medium">{language}</span>
        <OutcomeBadge label={label} tone={tone} />
        {entry.wallTimeMs === null ? null : (
          <span className="font-mono text-xs text-soft">{formatMs(entry.wallTimeMs)}</span>
        )}
        <time dateTime={entry.at} className="ml-auto text-xs text-soft">
          {new Date(entry.at).toLocaleString()}
        </time>
      </span>
      <span className="truncate font-mono text-xs text-soft">
        {code.trim().replaceAll(/\s+/g, ' ').slice(0, 120)}
      </span>
    </button>
  );
}

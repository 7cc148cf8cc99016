import type {ProjectRef} from '@sandglass/client';
import type {Run} from '@sandglass/protocol';
import {useCallback, useState} from 'react';
import {type Account, wordsFor} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Shown} from '../ui/PageFrame.tsx';

interface HistoryWindowProps {
  readonly account: Account;
  readonly projectRef: ProjectRef;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Earlier runs of the project with what they printed. */
export function HistoryWindow({account, projectRef, isOpen, onClose}: HistoryWindowProps) {
  return (
    <Dialog title="Runs of the project" isOpen={isOpen} onClose={onClose}>
      <RunList account={account} projectRef={projectRef} />
    </Dialog>
  );
}

function RunList({account, projectRef}: Pick<HistoryWindowProps, 'account' | 'projectRef'>) {
  const {loaded} = useLoaded(
    useCallback(() => account.client.projectRuns(projectRef), [account, projectRef]),
  );
  const [shown, setShown] = useState<Run | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <Shown loaded={loaded}>
      {(runs) =>
        runs.length === 0 ? (
          <p className="text-soft">It has not been run yet.</p>
        ) : (
          <div className="grid gap-3">
            <ol className="grid gap-1.5">
              {runs.map(({runId, createdAt, startedBy, outcome, revision, state}) => (
                <li key={runId} className="flex flex-wrap items-center gap-x-3">
                  <time dateTime={createdAt}>{new Date(createdAt).toLocaleString()}</time>
                  <span className="font-mono">{outcome ?? state ?? 'no longer kept'}</span>
                  <span className="text-soft">
                    revision {revision}, by {startedBy}
                  </span>
                  <Button
                    className="ml-auto"
                    disabled={state === null}
                    onClick={() => {
                      account.client
                        .projectRun(projectRef, runId)
                        .then(setShown, (error: unknown) => setProblem(wordsFor(error)));
                    }}
                  >
                    Output
                  </Button>
                </li>
              ))}
            </ol>
            <p role="alert" className="text-bad empty:hidden">
              {problem}
            </p>
            {shown === null ? null : (
              <pre
                // Scrolls with the keyboard as well.
                // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be longer than its box.
                tabIndex={0}
                className="field-mono max-h-64 overflow-auto whitespace-pre-wrap"
              >
                {outputOf(shown)}
              </pre>
            )}
          </div>
        )
      }
    </Shown>
  );
}

function outputOf({compile, run, tests, outcome}: Run): string {
  if (tests.length > 0) return tests.map(({name, outcome: verdict}) => `${name}: ${verdict}`).join('\n');
  if (run === null) return compile?.stderr ?? outcome ?? '';
  return `${run.stdout}${run.stderr}`;
}

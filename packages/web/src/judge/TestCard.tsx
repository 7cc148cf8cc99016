import type {TestResult} from '@sandglass/protocol';
import {OutcomeBadge} from '../panels/ResultBar.tsx';
import {describeOutcome, formatMs} from '../session/describe-run.ts';
import {Icon} from '../ui/Icon.tsx';
import type {TestCase} from '../workspace/workspace.ts';
import {DiffView} from './DiffView.tsx';

interface TestCardProps {
  readonly index: number;
  readonly test: TestCase;
  readonly result: TestResult | undefined;
  readonly isWaiting: boolean;
  readonly onChange: (test: TestCase) => void;
  readonly onDelete: () => void;
}

/** One test: what goes in, what should come out, and what did. */
export function TestCard({index, test, result, isWaiting, onChange, onDelete}: TestCardProps) {
  return (
    <li className="rounded-xl border border-line" data-outcome={result?.outcome}>
      <div className="flex items-center gap-2 rounded-t-xl bg-raised py-1 pr-1 pl-3">
        <input
          aria-label={`Name of test ${index + 1}`}
          className="min-w-0 flex-1 bg-transparent font-medium"
          placeholder={`Test ${index + 1}`}
          value={test.name}
          onChange={({target}) => onChange({...test, name: target.value})}
        />
        <Verdict result={result} isWaiting={isWaiting} />
        <button
          type="button"
          aria-label={`Delete test ${index + 1}`}
          className="grid size-8 place-items-center rounded-lg text-soft hover:text-ink"
          onClick={onDelete}
        >
          <Icon name="close" className="size-4" />
        </button>
      </div>
      <div className="grid gap-2 p-3 sm:grid-cols-2">
        <TextField label="Input" value={test.stdin} onChange={(stdin) => onChange({...test, stdin})} />
        <TextField
          label="Expected output"
          value={test.expected}
          onChange={(expected) => onChange({...test, expected})}
        />
        {result === undefined || result.outcome === 'ok' ? null : (
          <div className="grid gap-2 sm:col-span-2">
            {result.message === undefined ? null : <p>{result.message}</p>}
            {result.outcome === 'wrong-answer' && result.run !== null ? (
              <DiffView expected={test.expected} actual={result.run.stdout} />
            ) : null}
            {result.run === null || result.run.stderr === '' ? null : (
              <pre className="max-h-40 overflow-auto font-mono text-xs leading-5 whitespace-pre-wrap text-bad">
                {result.run.stderr}
              </pre>
            )}
          </div>
        )}
      </div>
    </li>
  );
}

function Verdict({result, isWaiting}: {result: TestResult | undefined; isWaiting: boolean}) {
  if (result === undefined)
    return isWaiting ? <span className="pulse text-[13px] text-soft">waiting</span> : null;
  const {label, tone} = describeOutcome(result.outcome);
  return (
    <span className="flex items-center gap-3 text-[13px]">
      {result.run === null ? null : (
        <span className="font-mono text-soft">{formatMs(result.run.wallTimeMs)}</span>
      )}
      <OutcomeBadge label={result.outcome === 'ok' ? 'Passed' : label} tone={tone} />
    </span>
  );
}

function TextField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-xs font-medium text-soft">{label}</span>
      <textarea
        className="field-mono flex-1 resize-y"
        rows={Math.min(6, Math.max(2, value.split('\n').length))}
        spellCheck={false}
        value={value}
        onChange={({target}) => onChange(target.value)}
      />
    </label>
  );
}

import type {TestResult} from '@sandglass/protocol';
import type {Session} from '../session/session.ts';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {Icon} from '../ui/Icon.tsx';
import {CHECKERS, type Checker, type TestCase} from '../workspace/workspace.ts';
import {TestCard} from './TestCard.tsx';

const CHECKER_WORDS: Readonly<Record<Checker, string>> = {
  trim: 'ignoring blanks at line ends',
  exact: 'byte for byte',
  tokens: 'word by word',
  float: 'numbers, nearly equal',
};

const NO_RESULTS: readonly TestResult[] = [];

/** The tests, and their verdicts as they arrive. */
export function TestsPanel({playground, session}: {playground: Playground; session: Session}) {
  const {tests, checker, stopOnFailure} = useStore(playground.state, (state) => state.workspace);
  const results = session.kind === 'idle' ? NO_RESULTS : session.tests;
  const setTests = (change: (old: readonly TestCase[]) => readonly TestCase[]) =>
    playground.change((old) => ({...old, tests: change(old.tests)}));

  return (
    <div className="min-h-0 flex-1 overflow-auto p-3">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <label className="flex items-center gap-2">
          <span className="text-soft">Compare</span>
          <select
            className="h-8 rounded-lg border border-line bg-panel px-2"
            value={checker}
            onChange={({target}) => {
              const chosen = CHECKERS.find((name) => name === target.value);
              if (chosen !== undefined) playground.change((old) => ({...old, checker: chosen}));
            }}
          >
            {CHECKERS.map((name) => (
              <option key={name} value={name}>
                {CHECKER_WORDS[name]}
              </option>
            ))}
          </select>
        </label>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={stopOnFailure}
            onChange={({target}) => playground.change((old) => ({...old, stopOnFailure: target.checked}))}
          />
          Stop at the first failure
        </label>
        <Score tests={tests} results={results} />
      </div>
      <ol className="grid gap-2.5">
        {tests.map((test, index) => (
          <TestCard
            // biome-ignore lint/suspicious/noArrayIndexKey: names are edited in place and may repeat; order is identity.
            key={index}
            index={index}
            test={test}
            result={resultOf(results, test, index)}
            isWaiting={session.kind === 'active'}
            onChange={(changed) =>
              setTests((old) => old.map((other, at) => (at === index ? changed : other)))
            }
            onDelete={() => setTests((old) => old.filter((_, at) => at !== index))}
          />
        ))}
      </ol>
      <Button
        className="mt-3"
        onClick={() => setTests((old) => [...old, {name: `Test ${old.length + 1}`, stdin: '', expected: ''}])}
      >
        <Icon name="plus" className="size-4" />
        Add a test
      </Button>
    </div>
  );
}

function Score({tests, results}: {tests: readonly TestCase[]; results: readonly TestResult[]}) {
  if (results.length === 0) return null;
  const passed = results.filter(({outcome}) => outcome === 'ok').length;
  return (
    <p
      role="status"
      className={`ml-auto font-semibold ${passed === tests.length ? 'text-good' : 'text-ink'}`}
    >
      {passed} of {tests.length} passed
    </p>
  );
}

/** A test without a name runs under its number. */
function resultOf(results: readonly TestResult[], {name}: TestCase, index: number): TestResult | undefined {
  const sent = name.trim() === '' ? `Test ${index + 1}` : name;
  return results.find((result) => result.name === sent);
}

import type {HiddenJudging, HiddenTest} from '@sandglass/client';
import {Button} from '../ui/Button.tsx';
import {Icon} from '../ui/Icon.tsx';

/** A hidden test while it is edited; `before` is its place among the tests that were there. */
export interface HiddenTestDraft {
  readonly key: number;
  readonly before: number | null;
  readonly name: string;
  readonly stdin: string;
  readonly expected: string;
  readonly points: string;
  readonly subtask: string;
}

const newDraft = (key: number): HiddenTestDraft => ({
  key,
  before: null,
  name: '',
  stdin: '',
  expected: '',
  points: '1',
  subtask: '',
});

export function toDrafts(judging: HiddenJudging | undefined): readonly HiddenTestDraft[] {
  if (judging === undefined) return [newDraft(0)];
  return judging.tests.map(({name = '', stdin = '', expected = '', weight = 1, subtask = ''}, before) => ({
    key: before,
    before,
    name,
    stdin,
    expected,
    points: String(weight),
    subtask,
  }));
}

/** What the editor does not show of a test (bytes, arguments, limits) stays with it. */
export function toTests(
  drafts: readonly HiddenTestDraft[],
  judging: HiddenJudging | undefined,
): HiddenTest[] {
  return drafts.map(({before, name, stdin, expected, points, subtask}) => {
    const old = before === null ? undefined : judging?.tests[before];
    const {name: _, stdin: __, expected: ___, weight: ____, subtask: _____, ...rest} = old ?? {};
    return {
      ...rest,
      ...(name === '' ? {} : {name}),
      ...(rest.stdinBase64 === undefined ? {stdin} : {}),
      ...(rest.expectedBase64 === undefined ? {expected} : {}),
      ...(subtask === '' ? {} : {subtask}),
      weight: Number(points),
    };
  });
}

/** The tests that students never see. */
export function HiddenTestsField({
  tests,
  onChange,
}: {
  tests: readonly HiddenTestDraft[];
  onChange: (tests: readonly HiddenTestDraft[]) => void;
}) {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-[13px] font-medium">Hidden tests</legend>
      {tests.map((test, index) => (
        <HiddenTestCard
          key={test.key}
          number={index + 1}
          test={test}
          onChange={(changed) => onChange(tests.map((other) => (other === test ? changed : other)))}
          onDelete={tests.length === 1 ? null : () => onChange(tests.filter((other) => other !== test))}
        />
      ))}
      <Button onClick={() => onChange([...tests, newDraft(1 + Math.max(...tests.map(({key}) => key)))])}>
        <Icon name="plus" className="size-4" />
        Add a test
      </Button>
    </fieldset>
  );
}

function HiddenTestCard({
  number,
  test,
  onChange,
  onDelete,
}: {
  number: number;
  test: HiddenTestDraft;
  onChange: (test: HiddenTestDraft) => void;
  onDelete: (() => void) | null;
}) {
  const text = (field: 'stdin' | 'expected', label: string) => (
    <textarea
      aria-label={`${label} of test ${number}`}
      placeholder={label}
      rows={3}
      className="field-mono h-auto"
      value={test[field]}
      onChange={({target}) => onChange({...test, [field]: target.value})}
    />
  );
  const line = (field: 'name' | 'points' | 'subtask', label: string, type: 'text' | 'number') => (
    <input
      aria-label={`${label} of test ${number}`}
      placeholder={label}
      type={type}
      {...(type === 'number' ? {min: 0, step: 'any', required: true} : {maxLength: 100})}
      className="field"
      value={test[field]}
      onChange={({target}) => onChange({...test, [field]: target.value})}
    />
  );
  return (
    <div className="grid gap-2 rounded-lg border border-line p-2">
      <div className="grid grid-cols-[1fr_5rem_1fr_auto] gap-2">
        {line('name', 'Name', 'text')}
        {line('points', 'Points', 'number')}
        {line('subtask', 'Subtask', 'text')}
        {onDelete === null ? (
          <span />
        ) : (
          <Button look="quiet" className="px-2" aria-label={`Delete test ${number}`} onClick={onDelete}>
            <Icon name="close" />
          </Button>
        )}
      </div>
      <div className="grid gap-2 sm:grid-cols-2">
        {text('stdin', 'Input')}
        {text('expected', 'Expected output')}
      </div>
    </div>
  );
}

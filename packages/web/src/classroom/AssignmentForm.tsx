import type {Assignment, AssignmentRequest, LanguageInfo, Program} from '@sandglass/client';
import {type ReactNode, useCallback, useId, useState} from 'react';
import type {Account} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {starterWorkspace} from '../workspace/starter.ts';
import {CHECKERS} from '../workspace/workspace.ts';
import {type HiddenTestDraft, HiddenTestsField, toDrafts, toTests} from './HiddenTestsField.tsx';

interface AssignmentFormProps {
  readonly account: Account;
  readonly languages: readonly LanguageInfo[];
  /** Null for a new one. */
  readonly before: Assignment | null;
  readonly onSave: (body: AssignmentRequest) => Promise<void>;
}

const FEEDBACK_WORDS = {
  score: 'their points',
  tests: 'their points, and how each test ended',
  none: 'only that it was handed in',
} as const;
const KEEP = 'keep';

/** Title, template, hidden tests, times. */
export function AssignmentForm({account, languages, before, onSave}: AssignmentFormProps) {
  const {loaded} = useLoaded(useCallback(() => account.client.projects({}), [account]));
  const [tests, setTests] = useState<readonly HiddenTestDraft[]>(() => toDrafts(before?.judging));
  const projects = loaded.kind === 'ready' ? loaded.value : [];

  const templateOf = async (choice: string): Promise<Program> => {
    if (choice === KEEP && before?.template !== undefined) return before.template;
    const [kind, id = ''] = choice.split(':');
    if (kind === 'project') return (await account.client.project({id})).program;
    const language = languages.find((candidate) => candidate.id === id);
    if (language === undefined) throw new Error('This server does not know the language any more.');
    const {files} = starterWorkspace(language);
    return {language: id, files: files.map(({path, content}) => ({path, content}))};
  };

  return (
    <Form
      submit={before === null ? 'Give the assignment' : 'Save the assignment'}
      onSubmit={async (fields) => {
        const attempts = textOf(fields, 'maxAttempts');
        const {tests: _, checker, ...judging} = before?.judging ?? {tests: []};
        const kind = CHECKERS.find((name) => name === textOf(fields, 'checker'));
        await onSave({
          title: textOf(fields, 'title'),
          instructions: textOf(fields, 'instructions'),
          template: await templateOf(textOf(fields, 'template')),
          judging: {
            ...judging,
            ...(kind === undefined ? (checker === undefined ? {} : {checker}) : {checker: {kind}}),
            tests: toTests(tests, before?.judging),
          },
          feedback: toFeedback(textOf(fields, 'feedback')),
          maxAttempts: attempts === '' ? null : Number(attempts),
          opensAt: toTime(textOf(fields, 'opensAt')),
          dueAt: toTime(textOf(fields, 'dueAt')),
        });
      }}
    >
      <Field label="Title" name="title" required maxLength={100} defaultValue={before?.title} autoFocus />
      <Choice label="Students begin with" name="template" value={before === null ? 'language:python' : KEEP}>
        {before === null ? null : <option value={KEEP}>what they begin with now</option>}
        {languages
          .filter(({available}) => available)
          .map(({id, name}) => (
            <option key={id} value={`language:${id}`}>
              the example in {name}
            </option>
          ))}
        {projects.map(({id, name}) => (
          <option key={id} value={`project:${id}`}>
            my project {name}
          </option>
        ))}
      </Choice>
      <TextArea
        label="What to do"
        name="instructions"
        value={before?.instructions ?? ''}
        rows={4}
        maxLength={50_000}
      />
      <HiddenTestsField tests={tests} onChange={setTests} />
      <Choice label="Compare" name="checker" value={checkerOf(before)}>
        {CHECKERS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
        {checkerOf(before) === 'program' ? <option value="program">by a program</option> : null}
      </Choice>
      <Choice label="Students are told" name="feedback" value={before?.feedback ?? 'score'}>
        {Object.entries(FEEDBACK_WORDS).map(([feedback, words]) => (
          <option key={feedback} value={feedback}>
            {words}
          </option>
        ))}
      </Choice>
      <div className="grid gap-3 sm:grid-cols-3">
        <Field
          label="Attempts"
          name="maxAttempts"
          type="number"
          min={1}
          max={500}
          placeholder="many"
          defaultValue={before?.maxAttempts ?? undefined}
        />
        <Field label="Opens" name="opensAt" type="datetime-local" defaultValue={toLocal(before?.opensAt)} />
        <Field label="Due" name="dueAt" type="datetime-local" defaultValue={toLocal(before?.dueAt)} />
      </div>
    </Form>
  );
}

function checkerOf(before: Assignment | null): string {
  return before?.judging?.checker?.kind ?? 'trim';
}

function toFeedback(text: string): keyof typeof FEEDBACK_WORDS {
  return text === 'tests' || text === 'none' ? text : 'score';
}

/** What a field of local time says, as the server takes it. */
function toTime(local: string): string | null {
  return local === '' ? null : new Date(local).toISOString();
}

function toLocal(time: string | null | undefined): string | undefined {
  if (time == null) return undefined;
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Choice({
  label,
  name,
  value,
  children,
}: {
  label: string;
  name: string;
  value: string;
  children: ReactNode;
}) {
  return (
    <label className="grid gap-1">
      <span className="text-[13px] font-medium">{label}</span>
      <select name={name} className="field" defaultValue={value}>
        {children}
      </select>
    </label>
  );
}

function TextArea({
  label,
  name,
  value,
  ...more
}: {
  label: string;
  name: string;
  value: string;
  rows: number;
  maxLength: number;
}) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      <textarea id={id} name={name} dir="auto" className="field h-auto py-2" defaultValue={value} {...more} />
    </div>
  );
}

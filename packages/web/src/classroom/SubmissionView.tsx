import type {Submission} from '@sandglass/client';
import {useCallback} from 'react';
import type {Account} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {textFiles} from '../projects/program-workspace.ts';
import {DataTable, Shown} from '../ui/PageFrame.tsx';
import {pointsOf, stateOf} from './words.ts';

/** A submission as the server shows it: to the teacher all of it, to its student what he is told. */
export function SubmissionView({account, id}: {account: Account; id: string}) {
  const {loaded} = useLoaded(useCallback(() => account.classroom.submission(id), [account, id]));
  return (
    <Shown loaded={loaded}>
      {(submission) => (
        <div className="grid gap-3">
          <p>
            Attempt {submission.number}, {new Date(submission.submittedAt).toLocaleString()}:{' '}
            {stateOf(submission)}, {pointsOf(submission)}
          </p>
          <CompilerWords submission={submission} />
          <TestGrades submission={submission} />
          {submission.program == null
            ? null
            : textFiles(submission.program).map(({path, content}) => (
                <figure key={path}>
                  <figcaption className="mb-1 font-mono text-xs text-soft">
                    <bdi>{path}</bdi>
                  </figcaption>
                  <pre className="max-h-96 overflow-auto rounded-lg border border-line p-3 text-xs">
                    {content}
                  </pre>
                </figure>
              ))}
        </div>
      )}
    </Shown>
  );
}

export function CompilerWords({submission: {compilerOutput}}: {submission: Submission}) {
  if (compilerOutput === null) return null;
  return (
    <pre className="max-h-60 overflow-auto rounded-lg border border-line p-3 text-xs">{compilerOutput}</pre>
  );
}

function TestGrades({submission: {tests}}: {submission: Submission}) {
  if (tests === null || tests.length === 0) return null;
  const isNamed = tests.some(({name}) => name !== undefined);
  return (
    <DataTable
      caption="Tests"
      head={['Test', 'Outcome', 'Points', ...(isNamed ? ['Checker'] : [])]}
      rows={tests.map(({number, name, subtask, outcome, message, ...points}) => ({
        key: String(number),
        cells: [
          <span key="name">
            <bdi>{name ?? number}</bdi>
            {subtask === null ? null : (
              <span className="block text-xs text-soft">
                <bdi>{subtask}</bdi>
              </span>
            )}
          </span>,
          <span key="outcome" className={outcome === 'ok' ? 'text-good' : 'text-bad'}>
            {outcome}
          </span>,
          pointsOf(points),
          ...(isNamed ? [<bdi key="message">{message}</bdi>] : []),
        ],
      }))}
    />
  );
}

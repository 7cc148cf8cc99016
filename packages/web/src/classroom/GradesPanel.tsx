import type {Grades, OpenGroup} from '@sandglass/client';
import {useCallback, useState} from 'react';
import type {Account} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Panel, Shown} from '../ui/PageFrame.tsx';
import {SubmissionView} from './SubmissionView.tsx';
import {pointsOf} from './words.ts';

/** Students against assignments. A cell opens what was handed in. */
export function GradesPanel({account, group}: {account: Account; group: OpenGroup}) {
  const {id} = group;
  const {loaded, again} = useLoaded(useCallback(() => account.classroom.grades(id), [account, id]));
  const [shown, setShown] = useState<string | null>(null);
  return (
    <Panel title="Grades">
      <Shown loaded={loaded}>
        {(grades) =>
          grades.rows.length === 0 || grades.assignments.length === 0 ? (
            <p className="text-soft">Nothing to grade yet: it takes a student and an assignment.</p>
          ) : (
            <GradesTable grades={grades} onShow={setShown} />
          )
        }
      </Shown>
      <p className="mt-3 flex gap-2">
        <Button onClick={again}>Look again</Button>
        <a
          href={`/v1/groups/${id}/grades.csv`}
          download
          className="inline-flex h-9 items-center rounded-lg border border-line bg-panel px-3 hover:bg-raised"
        >
          Download as CSV
        </a>
      </p>
      <Dialog title="Submission" isOpen={shown !== null} onClose={() => setShown(null)}>
        {shown === null ? null : <SubmissionView account={account} id={shown} />}
      </Dialog>
    </Panel>
  );
}

function GradesTable({
  grades: {assignments, rows},
  onShow,
}: {
  grades: Grades;
  onShow: (submissionId: string) => void;
}) {
  return (
    // A wide table is scrolled, also with the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
    <section aria-label="Grades of all students" className="overflow-x-auto" tabIndex={0}>
      <table className="w-full text-left">
        <caption className="sr-only">Best points of each student</caption>
        <thead>
          <tr className="border-b border-line text-xs text-soft">
            <th scope="col" className="px-2 py-1.5 font-medium">
              Student
            </th>
            {assignments.map(({id, title}) => (
              <th key={id} scope="col" className="px-2 py-1.5 font-medium">
                <bdi>{title}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({student, cells}) => (
            <tr key={student.id} className="border-b border-line last:border-0">
              <th scope="row" className="px-2 py-2 font-medium">
                <bdi>{student.name}</bdi> <span className="block text-xs text-soft">{student.username}</span>
              </th>
              {cells.map((cell, index) => (
                <td key={assignments[index]?.id} className="px-2 py-2">
                  <Cell cell={cell} onShow={onShow} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({
  cell: {attempts, submissionId, submittedAt, ...points},
  onShow,
}: {
  cell: Grades['rows'][number]['cells'][number];
  onShow: (submissionId: string) => void;
}) {
  if (submissionId === null)
    return <span className="text-soft">{attempts === 0 ? 'nothing yet' : 'being judged'}</span>;
  return (
    <>
      <button type="button" className="font-medium underline" onClick={() => onShow(submissionId)}>
        {pointsOf(points)}
      </button>
      <span className="block text-xs text-soft">
        {attempts === 1 ? '1 attempt' : `${attempts} attempts`},{' '}
        {submittedAt === null ? '' : new Date(submittedAt).toLocaleString()}
      </span>
    </>
  );
}

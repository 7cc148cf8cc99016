import type {Assignment, LanguageInfo, Submission} from '@sandglass/client';
import {useCallback, useEffect, useState} from 'react';
import {type Account, wordsFor} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';
import {AssignmentForm} from './AssignmentForm.tsx';
import {SubmissionView} from './SubmissionView.tsx';
import {pointsOf, stateOf, timesOf} from './words.ts';

interface AssignmentPageProps {
  readonly account: Account;
  readonly id: string;
  readonly languages: readonly LanguageInfo[];
}

/** An answer to a submission is waited for this long; then it is looked at again every so often. */
const WAIT_MS = 20_000;
const LOOK_MS = 2_000;

/** An assignment: begun, handed in and its grades seen by students, changed by the teacher. */
export function AssignmentPage({account, id, languages}: AssignmentPageProps) {
  const {loaded, again} = useLoaded(useCallback(() => account.classroom.assignment(id), [account, id]));
  const [isEditing, setEditing] = useState(false);
  return (
    <PageFrame
      page="groups"
      title={loaded.kind === 'ready' ? loaded.value.title : 'Assignment'}
      aside={
        loaded.kind === 'ready' ? (
          <>
            {loaded.value.role === 'teacher' ? (
              <Button onClick={() => setEditing(true)}>Change it</Button>
            ) : null}
            <a
              href={`#/groups/${loaded.value.groupId}`}
              className="inline-flex h-9 items-center rounded-lg border border-line bg-panel px-3 hover:bg-raised"
            >
              To the group
            </a>
          </>
        ) : null
      }
    >
      <Shown loaded={loaded}>
        {(assignment) => (
          <>
            <About assignment={assignment} />
            <Work account={account} assignment={assignment} />
            {assignment.role === 'teacher' ? <Delete account={account} assignment={assignment} /> : null}
            <Dialog title="Change the assignment" isOpen={isEditing} onClose={() => setEditing(false)}>
              <AssignmentForm
                account={account}
                languages={languages}
                before={assignment}
                onSave={async (body) => {
                  await account.classroom.saveAssignment(id, assignment.revision, body);
                  setEditing(false);
                  again();
                }}
              />
            </Dialog>
          </>
        )}
      </Shown>
    </PageFrame>
  );
}

function About({assignment}: {assignment: Assignment}) {
  const {instructions, language, possible, maxAttempts} = assignment;
  const facts = [
    timesOf(assignment),
    language,
    `${possible} points`,
    maxAttempts === null ? '' : `at most ${maxAttempts} attempts`,
  ];
  return (
    <Panel title="What to do">
      <p className="mb-2 text-soft">{facts.filter((fact) => fact !== '').join(' · ')}</p>
      <p dir="auto" className="whitespace-pre-wrap">
        {instructions ?? 'You can read it once it is open.'}
      </p>
    </Panel>
  );
}

/** One's own project and submissions; the teacher may try as well. */
function Work({account: {classroom}, account, assignment}: {account: Account; assignment: Assignment}) {
  const {id, phase, projectId, role} = assignment;
  const {loaded, again} = useLoaded(useCallback(() => classroom.submissions(id), [classroom, id]));
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const isJudging = loaded.kind === 'ready' && loaded.value.some(({state}) => state === 'judging');
  useEffect(() => {
    if (!isJudging) return;
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [isJudging, again]);
  const mayWork = phase === 'open' || role === 'teacher';

  const act = async (work: () => Promise<void>) => {
    setSending(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(wordsFor(error));
    } finally {
      setSending(false);
    }
  };
  const start = async () => {
    const project = await classroom.startAssignment(id);
    location.hash = `#/projects/${project.id}`;
  };
  const submit = async () => {
    await classroom.submit(id, {waitMs: WAIT_MS});
    again();
  };

  return (
    <Panel title={role === 'teacher' ? 'Try it' : 'Your work'}>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        {projectId !== null ? (
          <a
            href={`#/projects/${projectId}`}
            className="inline-flex h-9 items-center rounded-lg border border-line bg-panel px-3 hover:bg-raised"
          >
            Open my project
          </a>
        ) : null}
        {projectId === null && mayWork ? (
          <Button look="primary" disabled={isSending} onClick={() => void act(start)}>
            Start
          </Button>
        ) : null}
        {projectId !== null && mayWork ? (
          <Button look="primary" disabled={isSending} onClick={() => void act(submit)}>
            Hand in
          </Button>
        ) : null}
        <p role="status" className="text-soft">
          {isSending ? 'One moment …' : ''}
        </p>
      </div>
      <p role="alert" className="mb-3 text-bad empty:hidden">
        {problem}
      </p>
      <Shown loaded={loaded}>
        {(submissions) => <SubmissionList submissions={submissions} onShow={setShown} />}
      </Shown>
      <Dialog title="Submission" isOpen={shown !== null} onClose={() => setShown(null)}>
        {shown === null ? null : <SubmissionView account={account} id={shown} />}
      </Dialog>
    </Panel>
  );
}

function SubmissionList({
  submissions,
  onShow,
}: {
  submissions: readonly Submission[];
  onShow: (id: string) => void;
}) {
  if (submissions.length === 0) return <p className="text-soft">Nothing handed in yet.</p>;
  return (
    <DataTable
      caption="Submissions"
      head={['Attempt', 'When', 'State', 'Points', '']}
      rows={submissions.map((submission) => ({
        key: submission.id,
        cells: [
          String(submission.number),
          new Date(submission.submittedAt).toLocaleString(),
          stateOf(submission),
          pointsOf(submission),
          <Button key="show" onClick={() => onShow(submission.id)}>
            Look
          </Button>,
        ],
      }))}
    />
  );
}

function Delete({account, assignment: {id, groupId}}: {account: Account; assignment: Assignment}) {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) return <Button onClick={() => setAsking(true)}>Delete …</Button>;
  const remove = () =>
    void account.classroom.deleteAssignment(id).then(() => {
      location.hash = `#/groups/${groupId}`;
    });
  return (
    <p className="flex items-center gap-2">
      <Button look="danger" onClick={remove}>
        Delete for good, with all grades
      </Button>
      <Button onClick={() => setAsking(false)}>Keep</Button>
    </p>
  );
}

import type {LanguageInfo, OpenGroup} from '@sandglass/client';
import {useCallback, useState} from 'react';
import {type Account, useAccountState} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';
import {AssignmentForm} from './AssignmentForm.tsx';
import {GradesPanel} from './GradesPanel.tsx';
import {MembersPanel} from './MembersPanel.tsx';
import {pointsOf, timesOf} from './words.ts';

interface GroupPageProps {
  readonly account: Account;
  readonly id: string;
  readonly languages: readonly LanguageInfo[];
}

/** A group: its assignments, and for the teacher who is in it and how they do. */
export function GroupPage({account, id, languages}: GroupPageProps) {
  const {loaded, again} = useLoaded(useCallback(() => account.classroom.group(id), [account, id]));
  const [isMaking, setMaking] = useState(false);
  const isTeacher = loaded.kind === 'ready' && loaded.value.role === 'teacher';
  return (
    <PageFrame
      page="groups"
      title={loaded.kind === 'ready' ? loaded.value.name : 'Group'}
      aside={
        isTeacher ? (
          <Button look="primary" onClick={() => setMaking(true)}>
            New assignment
          </Button>
        ) : null
      }
    >
      <Shown loaded={loaded}>
        {(group) => (
          <>
            <Assignments group={group} />
            {group.role === 'teacher' ? (
              <>
                <GradesPanel account={account} group={group} />
                <MembersPanel account={account} group={group} onChanged={again} />
              </>
            ) : (
              <Leave account={account} group={group} />
            )}
          </>
        )}
      </Shown>
      <Dialog title="New assignment" isOpen={isMaking} onClose={() => setMaking(false)}>
        <AssignmentForm
          account={account}
          languages={languages}
          before={null}
          onSave={async (body) => {
            const made = await account.classroom.createAssignment(id, body);
            location.hash = `#/assignments/${made.id}`;
          }}
        />
      </Dialog>
    </PageFrame>
  );
}

function Assignments({group: {assignments, role}}: {group: OpenGroup}) {
  return (
    <Panel title="Assignments">
      {assignments.length === 0 ? (
        <p className="text-soft">No assignment yet.</p>
      ) : (
        <DataTable
          caption="Assignments"
          head={
            role === 'teacher' ? ['Title', 'When', 'Points'] : ['Title', 'When', 'Your points', 'Attempts']
          }
          rows={assignments.map((assignment) => ({
            key: assignment.id,
            cells: [
              <a key="title" href={`#/assignments/${assignment.id}`} className="font-medium hover:underline">
                <bdi>{assignment.title}</bdi>
              </a>,
              timesOf(assignment),
              ...(role === 'teacher'
                ? [String(assignment.possible)]
                : [pointsOf(assignment), String(assignment.attempts)]),
            ],
          }))}
        />
      )}
    </Panel>
  );
}

function Leave({account, group}: {account: Account; group: OpenGroup}) {
  const userId = useAccountState()?.user?.id;
  const [isAsking, setAsking] = useState(false);
  if (userId === undefined) return null;
  const leave = () =>
    void account.classroom.removeMember(group.id, userId).then(() => {
      location.hash = '#/groups';
    });
  return isAsking ? (
    <p className="flex items-center gap-2">
      <Button look="danger" onClick={leave}>
        Leave the group
      </Button>
      <Button onClick={() => setAsking(false)}>Stay</Button>
    </p>
  ) : (
    <Button onClick={() => setAsking(true)}>Leave …</Button>
  );
}

import type {OpenGroup} from '@sandglass/client';
import {useState} from 'react';
import {type Account, wordsFor} from '../account/account.ts';
import {Button} from '../ui/Button.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {DataTable, Panel} from '../ui/PageFrame.tsx';

/** Who is in the group, and how others come in. */
export function MembersPanel({
  account: {classroom},
  group,
  onChanged,
}: {
  account: Account;
  group: OpenGroup;
  onChanged: () => void;
}) {
  const {id, joinCode, members} = group;
  const [problem, setProblem] = useState<string | null>(null);
  const act = (work: Promise<unknown>) => {
    setProblem(null);
    work.then(onChanged, (error: unknown) => setProblem(wordsFor(error)));
  };
  return (
    <Panel title="Students">
      <p role="alert" className="mb-3 text-bad empty:hidden">
        {problem}
      </p>
      {joinCode === null ? (
        <p className="mb-3 flex flex-wrap items-center gap-2 text-soft">
          Nobody can join by code.
          <Button onClick={() => act(classroom.changeGroup(id, {code: 'new'}))}>Make a code</Button>
        </p>
      ) : (
        <div className="mb-3 grid gap-1.5">
          <p className="flex flex-wrap items-center gap-2">
            Code to join: <output className="field-mono inline select-all">{joinCode}</output>
            <Button onClick={() => act(classroom.changeGroup(id, {code: 'new'}))}>Another code</Button>
            <Button onClick={() => act(classroom.changeGroup(id, {code: 'off'}))}>No code</Button>
          </p>
          <p className="text-xs break-all text-soft">
            Or give this address away: {location.origin}/#/groups/join/{joinCode}
          </p>
        </div>
      )}
      {members === null || members.length === 0 ? (
        <p className="mb-3 text-soft">No student yet.</p>
      ) : (
        <DataTable
          caption="Students"
          head={['Name', 'User name', 'Since', '']}
          rows={members.map((member) => ({
            key: member.id,
            cells: [
              <bdi key="name">{member.name}</bdi>,
              member.username,
              new Date(member.joinedAt).toLocaleDateString(),
              <Button
                key="remove"
                aria-label={`Remove ${member.username}`}
                onClick={() => act(classroom.removeMember(id, member.id))}
              >
                Remove
              </Button>,
            ],
          }))}
        />
      )}
      <div className="mt-3 max-w-64">
        <Form
          submit="Add the student"
          onSubmit={async (fields) => {
            await classroom.addMember(id, textOf(fields, 'username'));
            onChanged();
          }}
        >
          <Field label="User name" name="username" required maxLength={39} />
        </Form>
      </div>
    </Panel>
  );
}

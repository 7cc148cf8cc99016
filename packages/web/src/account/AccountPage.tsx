import {useCallback, useState} from 'react';
import {Button} from '../ui/Button.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';
import type {Account} from './account.ts';
import {useLoaded} from './use-loaded.ts';

/** One's password and sessions. */
export function AccountPage({account}: {account: Account}) {
  const {loaded, again} = useLoaded(useCallback(() => account.client.sessions(), [account]));
  const [changes, setChanges] = useState(0);
  return (
    <PageFrame
      page="account"
      title="Account"
      aside={
        <Button
          onClick={() => {
            void account.signOut().then(() => {
              location.hash = '#/';
            });
          }}
        >
          Sign out
        </Button>
      }
    >
      <Panel title="Password">
        <div className="max-w-sm">
          <Form
            key={changes}
            submit="Change the password"
            onSubmit={async (fields) => {
              await account.client.changePassword({
                currentPassword: textOf(fields, 'current'),
                newPassword: textOf(fields, 'next'),
              });
              setChanges(changes + 1);
              again();
            }}
          >
            <Field
              label="Current password"
              name="current"
              type="password"
              autoComplete="current-password"
              required
            />
            <Field
              label="New password"
              name="next"
              type="password"
              autoComplete="new-password"
              required
              minLength={8}
              hint="Every other session ends."
            />
          </Form>
          <p role="status">{changes === 0 ? '' : 'The password is changed.'}</p>
        </div>
      </Panel>
      <Panel title="Sessions">
        <Shown loaded={loaded}>
          {(sessions) => (
            <DataTable
              caption="Sessions"
              head={['Browser', 'Address', 'Since', '']}
              rows={sessions.map(({id, userAgent, address, createdAt, isCurrent}) => ({
                key: id,
                cells: [
                  <span key="agent" className="line-clamp-1 max-w-72 text-soft">
                    {userAgent}
                  </span>,
                  address,
                  new Date(createdAt).toLocaleString(),
                  isCurrent ? (
                    'this one'
                  ) : (
                    <Button key="end" onClick={() => void account.client.endSession(id).then(again)}>
                      End
                    </Button>
                  ),
                ],
              }))}
            />
          )}
        </Shown>
      </Panel>
    </PageFrame>
  );
}

import type {UserRecord} from '@sandglass/client';
import {useCallback, useState} from 'react';
import {type Account, useAccountState, wordsFor} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';

type Window =
  | {readonly kind: 'none'}
  | {readonly kind: 'link'; readonly words: string; readonly link: string}
  | {readonly kind: 'bounds'; readonly user: UserRecord}
  | {readonly kind: 'problem'; readonly message: string};

const NO_WINDOW: Window = {kind: 'none'};

/** Users, what runs now, and who did what. */
export function AdminPage({account}: {account: Account}) {
  const {client} = account;
  const users = useLoaded(useCallback(() => client.users(), [client]));
  const runs = useLoaded(useCallback(() => client.activeRuns(), [client]));
  const audit = useLoaded(useCallback(() => client.audit(), [client]));
  const me = useAccountState()?.user?.id;
  const [window, setWindow] = useState<Window>(NO_WINDOW);
  const act = (action: Promise<unknown>, then: () => void) => {
    action.then(then, (error: unknown) => setWindow({kind: 'problem', message: wordsFor(error)}));
  };
  const linkTo = (path: string) => `${location.origin}/#/${path}`;

  return (
    <PageFrame
      page="admin"
      title="Administration"
      aside={
        <Button
          look="primary"
          onClick={() => {
            const show = ({token}: {token: string}) =>
              setWindow({
                kind: 'link',
                words: 'One person can sign up with it, within a week.',
                link: linkTo(`sign-up/${token}`),
              });
            act(client.invite('member').then(show), () => undefined);
          }}
        >
          Invite somebody
        </Button>
      }
    >
      <Panel title="Users">
        <Shown loaded={users.loaded}>
          {(list) => (
            <DataTable
              caption="Users"
              head={['User', 'Role', 'Since', '']}
              rows={list.map((user) => ({
                key: user.id,
                cells: [
                  <span key="name">
                    <bdi>{user.name}</bdi>{' '}
                    <span className="block font-mono text-xs text-soft">{user.username}</span>
                  </span>,
                  `${user.role}${user.isDisabled ? ', disabled' : ''}`,
                  new Date(user.createdAt).toLocaleDateString(),
                  <span key="actions" className="flex flex-wrap justify-end gap-1.5">
                    <Button onClick={() => setWindow({kind: 'bounds', user})}>Bounds</Button>
                    <Button
                      onClick={() => {
                        const show = ({token}: {token: string}) =>
                          setWindow({
                            kind: 'link',
                            words: `${user.username} sets a new password with it, once, within an hour.`,
                            link: linkTo(`reset-password/${token}`),
                          });
                        act(client.createPasswordReset(user.id).then(show), () => undefined);
                      }}
                    >
                      Reset link
                    </Button>
                    {user.id === me ? null : (
                      <>
                        <Button
                          onClick={() =>
                            act(
                              client.changeUser(user.id, {role: user.role === 'admin' ? 'member' : 'admin'}),
                              users.again,
                            )
                          }
                        >
                          {user.role === 'admin' ? 'Make member' : 'Make admin'}
                        </Button>
                        <Button
                          onClick={() =>
                            act(client.changeUser(user.id, {isDisabled: !user.isDisabled}), users.again)
                          }
                        >
                          {user.isDisabled ? 'Enable' : 'Disable'}
                        </Button>
                      </>
                    )}
                  </span>,
                ],
              }))}
            />
          )}
        </Shown>
      </Panel>
      <Panel title="Running now">
        <Shown loaded={runs.loaded}>
          {(list) =>
            list.length === 0 ? (
              <p className="text-soft">Nothing runs.</p>
            ) : (
              <DataTable
                caption="Runs that are not finished"
                head={['Run', 'Language', 'State', '']}
                rows={list.map(({id, language, state}) => ({
                  key: id,
                  cells: [
                    <span key="id" className="font-mono text-xs">
                      {id}
                    </span>,
                    language,
                    state,
                    <Button key="cancel" onClick={() => act(client.cancelActiveRun(id), runs.again)}>
                      Cancel
                    </Button>,
                  ],
                }))}
              />
            )
          }
        </Shown>
        <p className="mt-3 text-xs text-soft">Workers, queue and sandboxes are on the Status page.</p>
      </Panel>
      <Panel title="Audit">
        <Shown loaded={audit.loaded}>
          {(entries) => (
            <DataTable
              caption="Who did what"
              head={['When', 'Who', 'What', 'From']}
              rows={entries.map(({id, at, actor, action, target, address}) => ({
                key: id,
                cells: [
                  new Date(at).toLocaleString(),
                  <bdi key="actor">{actor.name === '' ? '–' : actor.name}</bdi>,
                  <span key="action">
                    {action} <span className="block font-mono text-xs text-soft">{target}</span>
                  </span>,
                  address,
                ],
              }))}
            />
          )}
        </Shown>
      </Panel>
      <Dialog title="Link" isOpen={window.kind === 'link'} onClose={() => setWindow(NO_WINDOW)}>
        <p className="mb-3">{window.kind === 'link' ? window.words : ''} It is shown this once.</p>
        <output className="field-mono block break-all select-all">
          {window.kind === 'link' ? window.link : ''}
        </output>
      </Dialog>
      <Dialog title="Bounds" isOpen={window.kind === 'bounds'} onClose={() => setWindow(NO_WINDOW)}>
        {window.kind === 'bounds' ? (
          <BoundsForm
            user={window.user}
            onSave={async (allowance) => {
              await client.changeUser(window.user.id, {allowance});
              setWindow(NO_WINDOW);
              users.again();
            }}
          />
        ) : null}
      </Dialog>
      <Dialog
        title="That did not work"
        isOpen={window.kind === 'problem'}
        onClose={() => setWindow(NO_WINDOW)}
      >
        <p>{window.kind === 'problem' ? window.message : ''}</p>
      </Dialog>
    </PageFrame>
  );
}

const BOUNDS = [
  {name: 'requestsPerMinute', label: 'Requests a minute'},
  {name: 'concurrentRuns', label: 'Runs at once'},
  {name: 'runsPerDay', label: 'Runs a day'},
  {name: 'cpuSecondsPerDay', label: 'CPU seconds a day'},
] as const;

function BoundsForm({
  user,
  onSave,
}: {
  user: UserRecord;
  onSave: (allowance: UserRecord['allowance']) => Promise<void>;
}) {
  return (
    <Form
      submit="Save"
      onSubmit={async (fields) => {
        const given = BOUNDS.flatMap(({name}) =>
          textOf(fields, name) === '' ? [] : [[name, Number(textOf(fields, name))]],
        );
        await onSave(given.length === 0 ? null : Object.fromEntries(given));
      }}
    >
      <p className="text-soft">
        For <bdi>{user.name}</bdi>. All empty: the default of the server.
      </p>
      <div className="grid grid-cols-2 gap-3">
        {BOUNDS.map(({name, label}) => (
          <Field
            key={name}
            label={label}
            name={name}
            type="number"
            min={0}
            defaultValue={user.allowance?.[name] ?? ''}
          />
        ))}
      </div>
    </Form>
  );
}

import {useCallback, useState} from 'react';
import type {Account} from '../account/account.ts';
import {useLoaded} from '../account/use-loaded.ts';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {Icon} from '../ui/Icon.tsx';
import {PageFrame, Shown} from '../ui/PageFrame.tsx';

const open = ({id}: {id: string}) => {
  location.hash = `#/groups/${id}`;
};

/** Groups that one teaches or belongs to; `code` is of an address that a teacher gave away. */
export function GroupsPage({account, code}: {account: Account; code: string | null}) {
  const {loaded} = useLoaded(useCallback(() => account.classroom.groups(), [account]));
  const [window, setWindow] = useState<'none' | 'new' | 'join'>(code === null ? 'none' : 'join');
  const close = () => setWindow('none');
  return (
    <PageFrame
      page="groups"
      title="Groups"
      aside={
        <>
          <Button onClick={() => setWindow('join')}>Join a group</Button>
          <Button look="primary" onClick={() => setWindow('new')}>
            <Icon name="plus" />
            New group
          </Button>
        </>
      }
    >
      <Shown loaded={loaded}>
        {(groups) =>
          groups.length === 0 ? (
            <p className="text-soft">
              No group yet. Join one with the code of your teacher, or make one and be its teacher.
            </p>
          ) : (
            <ul className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
              {groups.map(({id, name, role, teacher}) => (
                <li key={id} className="rounded-xl border border-line bg-panel p-4">
                  <a href={`#/groups/${id}`} className="block truncate font-semibold hover:underline">
                    <bdi>{name}</bdi>
                  </a>
                  <p className="truncate text-soft">
                    {role === 'teacher' ? (
                      'you are the teacher'
                    ) : (
                      <>
                        taught by <bdi>{teacher.name}</bdi>
                      </>
                    )}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      <Dialog title="New group" isOpen={window === 'new'} onClose={close}>
        <Form
          submit="Make the group"
          onSubmit={async (fields) => open(await account.classroom.createGroup(textOf(fields, 'name')))}
        >
          <Field label="Name" name="name" required maxLength={100} autoFocus />
        </Form>
      </Dialog>
      <Dialog title="Join a group" isOpen={window === 'join'} onClose={close}>
        <Form
          submit="Join"
          onSubmit={async (fields) => open(await account.classroom.joinGroup(textOf(fields, 'code')))}
        >
          <Field label="Code" name="code" required maxLength={64} defaultValue={code ?? ''} autoFocus />
        </Form>
      </Dialog>
    </PageFrame>
  );
}

import type {Key, NewKey, Scope} from '@sandglass/client';
import {useCallback, useState} from 'react';
import {Button} from '../ui/Button.tsx';
import {Dialog} from '../ui/Dialog.tsx';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';
import {type Account, useAccountState} from './account.ts';
import {useLoaded} from './use-loaded.ts';

const SCOPES: readonly {readonly scope: Scope; readonly words: string}[] = [
  {scope: 'run', words: 'run programs'},
  {scope: 'read', words: 'read runs and projects'},
  {scope: 'write', words: 'change projects'},
  {scope: 'admin', words: 'administer the server'},
];
/** Bounds that count, and how a key's are told. */
const COUNTS = [
  {name: 'requestsPerMinute', words: 'requests a minute'},
  {name: 'concurrentRuns', words: 'runs at once'},
  {name: 'runsPerDay', words: 'runs a day'},
  {name: 'cpuSecondsPerDay', words: 'CPU seconds a day'},
] as const;
const MIB = 1024 * 1024;
/** Limits of a run that people bound; `unit` is how many of the limit's own units make one of the field's. */
const MAX_LIMITS = [
  {name: 'wallTimeMs', label: 'Seconds', words: 's a run', unit: 1000},
  {name: 'cpuTimeMs', label: 'CPU seconds', words: 'CPU s a run', unit: 1000},
  {name: 'memoryBytes', label: 'Memory (MiB)', words: 'MiB memory', unit: MIB},
  {name: 'outputBytes', label: 'Output (MiB)', words: 'MiB output', unit: MIB},
  {name: 'diskBytes', label: 'Files together (MiB)', words: 'MiB of files', unit: MIB},
  {name: 'processes', label: 'Processes', words: 'processes', unit: 1},
] as const;
type MaxLimit = (typeof MAX_LIMITS)[number]['name'];
const DAY_MS = 24 * 60 * 60 * 1000;

/** Keys for programs: made, given a new secret, ended. */
export function KeysPage({account}: {account: Account}) {
  const {loaded, again} = useLoaded(useCallback(() => account.client.keys(), [account]));
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const show = (key: NewKey) => {
    setMaking(false);
    setMade(key);
    again();
  };
  return (
    <PageFrame
      page="keys"
      title="Keys"
      aside={
        <Button look="primary" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      <Shown loaded={loaded}>
        {(keys) =>
          keys.length === 0 ? (
            <p className="text-soft">A key lets a program use the API under your name. There is none yet.</p>
          ) : (
            <Panel title="Your keys">
              <DataTable
                caption="Keys"
                head={['Name', 'May', 'At most', 'Last used', 'State', '']}
                rows={keys.map((key) => ({
                  key: key.id,
                  cells: [
                    <span key="name">
                      <bdi>{key.name}</bdi>{' '}
                      <span className="block font-mono text-xs text-soft">sgk_{key.id}_…</span>
                    </span>,
                    key.scopes.join(', '),
                    boundsOf(key),
                    key.lastUsedAt === null ? 'never' : new Date(key.lastUsedAt).toLocaleString(),
                    stateOf(key),
                    key.revokedAt === null ? (
                      <span key="actions" className="flex justify-end gap-1.5">
                        <Button onClick={() => void account.client.rotateKey(key.id).then(show)}>
                          New secret
                        </Button>
                        <Button onClick={() => void account.client.revokeKey(key.id).then(again)}>
                          Revoke
                        </Button>
                      </span>
                    ) : null,
                  ],
                }))}
              />
            </Panel>
          )
        }
      </Shown>
      <Dialog title="New key" isOpen={isMaking} onClose={() => setMaking(false)}>
        <NewKeyForm account={account} onMade={show} />
      </Dialog>
      <Dialog title="Your key" isOpen={made !== null} onClose={() => setMade(null)}>
        <p className="mb-3">Copy it now: it is shown this once and cannot be read again.</p>
        <output className="field-mono block break-all select-all">{made?.token}</output>
      </Dialog>
    </PageFrame>
  );
}

function NewKeyForm({account, onMade}: {account: Account; onMade: (key: NewKey) => void}) {
  const isAdmin = useAccountState()?.user?.role === 'admin';
  return (
    <Form
      submit="Make the key"
      onSubmit={async (fields) => {
        const days = Number(textOf(fields, 'days'));
        onMade(
          await account.client.createKey({
            name: textOf(fields, 'name'),
            scopes: SCOPES.map(({scope}) => scope).filter((scope) => fields.has(`scope-${scope}`)),
            ...(days > 0 ? {expiresAt: new Date(Date.now() + days * DAY_MS).toISOString()} : {}),
            allowance: {
              ...Object.fromEntries(
                COUNTS.flatMap(({name}) =>
                  textOf(fields, name) === '' ? [] : [[name, Number(textOf(fields, name))]],
                ),
              ),
              ...toMaxLimits(fields),
            },
          }),
        );
      }}
    >
      <Field label="Name" name="name" required autoFocus />
      <fieldset className="grid gap-1">
        <legend className="mb-1 text-[13px] font-medium">It may</legend>
        {SCOPES.filter(({scope}) => scope !== 'admin' || isAdmin).map(({scope, words}) => (
          <label key={scope} className="flex items-center gap-2">
            <input
              type="checkbox"
              name={`scope-${scope}`}
              defaultChecked={scope === 'run' || scope === 'read'}
            />
            {words}
          </label>
        ))}
      </fieldset>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Ends after (days)" name="days" type="number" min={1} placeholder="never" />
        <Field
          label="Requests a minute"
          name="requestsPerMinute"
          type="number"
          min={0}
          placeholder="no bound"
        />
        <Field label="Runs at once" name="concurrentRuns" type="number" min={0} placeholder="no bound" />
        <Field label="Runs a day" name="runsPerDay" type="number" min={0} placeholder="no bound" />
        <Field
          label="CPU seconds a day"
          name="cpuSecondsPerDay"
          type="number"
          min={0}
          placeholder="no bound"
        />
      </div>
      <fieldset className="grid grid-cols-2 gap-3">
        <legend className="mb-1 text-[13px] font-medium">Most that one run may ask for</legend>
        {MAX_LIMITS.map(({name, label}) => (
          <Field
            key={name}
            label={label}
            name={`max-${name}`}
            type="number"
            min={0}
            step="any"
            placeholder="the server's"
          />
        ))}
      </fieldset>
    </Form>
  );
}

function toMaxLimits(fields: FormData): {maxLimits?: Partial<Record<MaxLimit, number>>} {
  const given = MAX_LIMITS.flatMap(({name, unit}) => {
    const text = textOf(fields, `max-${name}`);
    return text === '' ? [] : [[name, Math.round(Number(text) * unit)] as const];
  });
  return given.length === 0 ? {} : {maxLimits: Object.fromEntries(given)};
}

/** What bounds the key, in a line. */
function boundsOf({allowance: {maxLimits = {}, ...counts}}: Key): string {
  return [
    ...COUNTS.flatMap(({name, words}) => (counts[name] === undefined ? [] : [`${counts[name]} ${words}`])),
    ...MAX_LIMITS.flatMap(({name, words, unit}) => {
      const most = maxLimits[name];
      return most === undefined ? [] : [`${most / unit} ${words}`];
    }),
  ].join(', ');
}

function stateOf({revokedAt, expiresAt}: Key): string {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt === null) return 'active';
  return Date.parse(expiresAt) <= Date.now()
    ? 'expired'
    : `until ${new Date(expiresAt).toLocaleDateString()}`;
}

import {Accounts, MemoryLimitStore, type UsageBound} from '@sandglass/accounts';
import {type AccountsDatabase, openAccountsDatabase} from '@sandglass/accounts/database';
import {describe, expect, it} from 'vitest';

const CLIENT = {address: '192.0.2.1', userAgent: 'test'};
const PASSWORD = 'correct horse battery';
const USER = {username: 'ada', password: PASSWORD, name: undefined, email: undefined};
const UNBOUNDED = {concurrentRuns: undefined, runsPerDay: undefined, cpuSecondsPerDay: undefined};
const runOf = (id: string) => ({ids: [id], runOwner: 'somebody'});

interface Opened extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly database: AccountsDatabase;
}

/** What accounts promise over every database. `newTarget` gives an empty one each time. */
export function describeAccountsContract(name: string, newTarget: () => Promise<string>): void {
  describe(`accounts contract: ${name}`, () => {
    it('keeps users, sessions and passwords over a restart', async () => {
      const target = await newTarget();
      const cookie = await (async () => {
        await using first = await open(target);
        return cookieOf((await first.accounts.identity.signUp(USER, CLIENT)).cookies);
      })();
      await using second = await open(target);
      expect(await second.accounts.session(cookie)).toMatchObject({user: {username: 'ada', role: 'admin'}});
      const {user} = await second.accounts.identity.signIn({user: 'ada', password: PASSWORD}, CLIENT);
      expect(user.username).toBe('ada');
      const wrong = second.accounts.identity.signIn({user: 'ada', password: 'wrong'}, CLIENT);
      await expect(wrong).rejects.toMatchObject({code: 'unauthorized'});
    });

    it('lets one of two processes have a name that both give at once', async () => {
      const target = await newTarget();
      await using one = await open(target);
      await using other = await open(target);
      const answers = await Promise.allSettled(
        Array.from({length: 6}, (_, index) =>
          (index % 2 === 0 ? one : other).accounts.identity.signUp(USER, CLIENT),
        ),
      );
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
      expect(refused).toEqual(Array(5).fill('already-exists'));
    });

    it('makes exactly one of those administrator who come first at the same moment', async () => {
      const target = await newTarget();
      await using one = await open(target);
      await using other = await open(target);
      const made = await Promise.all(
        Array.from({length: 6}, (_, index) => {
          const input = {...USER, username: `user-${index}`};
          return (index % 2 === 0 ? one : other).accounts.identity.signUp(input, CLIENT);
        }),
      );
      expect(made.filter(({user}) => user.role === 'admin')).toHaveLength(1);
    });

    it('knows within a second what another process has revoked', async () => {
      const target = await newTarget();
      await using one = await open(target);
      await using other = await open(target);
      const {user, cookies} = await one.accounts.identity.signUp(USER, CLIENT);
      const request = {name: 'k', scopes: ['run'], allowance: {}, expiresAtMs: null} as const;
      const {key, token} = await one.accounts.keys.create(user, request);
      expect(await other.accounts.keyHolder(token)).toMatchObject({keyId: key.id});
      expect(await other.accounts.session(cookieOf(cookies))).not.toBeNull();
      await one.accounts.keys.revoke(user.id, key.id);
      await one.accounts.identity.signOut(cookieOf(cookies));
      await expect.poll(() => other.accounts.keyHolder(token), {timeout: 20_000}).toBeNull();
      await expect.poll(() => other.accounts.session(cookieOf(cookies)), {timeout: 20_000}).toBeNull();
    });

    it('charges a quota exactly, however many processes ask at once', async () => {
      const target = await newTarget();
      await using one = await open(target);
      await using other = await open(target);
      const bound = {...UNBOUNDED, subject: 'key:x', runsPerDay: 7};
      const now = Date.now();
      const answers = await Promise.all(
        Array.from({length: 20}, (_, index) =>
          (index % 2 === 0 ? one : other).accounts.usage.charge([bound], runOf(`run-${index}`), now),
        ),
      );
      const charged = answers.flatMap((answer, index) => (answer === null ? [`run-${index}`] : []));
      expect(charged).toHaveLength(7);
      const used = {cpuMs: 2500, wallMs: 3000};
      // Both saw the same run end; one of them charges for it.
      const settled = await Promise.all(
        [one, other, one].map((each) => each.accounts.usage.settle(charged[0] ?? '', used, now)),
      );
      expect(settled.filter((isMine) => isMine)).toHaveLength(1);
      const [day] = await other.accounts.usage.days('key:x', '2000-01-01');
      expect(day).toMatchObject({runs: 7, cpuMs: 2500, wallMs: 3000});
      const cpu = {...UNBOUNDED, subject: 'key:x', cpuSecondsPerDay: 2};
      expect(await one.accounts.usage.charge([cpu], runOf('late'), now)).toMatchObject({
        quota: 'cpuSecondsPerDay',
      });
    });

    it('counts runs that are open over all processes, takes all of a batch or none, and gives places back', async () => {
      const target = await newTarget();
      await using one = await open(target);
      await using other = await open(target);
      const key = {...UNBOUNDED, subject: 'key:y', concurrentRuns: 2};
      const user = {...UNBOUNDED, subject: 'user:y', concurrentRuns: 3};
      const now = Date.now();
      const charge = async ({accounts}: Opened, bounds: UsageBound[], ...ids: string[]) =>
        (await accounts.usage.charge(bounds, {ids, runOwner: 'y'}, now))?.subject ?? 'charged';
      const answers = await Promise.all(
        Array.from({length: 10}, (_, index) =>
          charge(index % 2 === 0 ? one : other, [key, user], `a${index}`),
        ),
      );
      expect(answers.toSorted()).toEqual(['charged', 'charged', ...Array(8).fill('key:y')]);
      expect(await charge(one, [user], 'b1', 'b2')).toBe('user:y');
      expect(await charge(other, [user], 'b1')).toBe('charged');
      expect(await charge(other, [user], 'b2')).toBe('user:y');
      await one.accounts.usage.refund(['b1'], now);
      expect(await charge(other, [user], 'b2')).toBe('charged');
      await other.accounts.usage.attach([{id: 'b2', runId: 'the run'}]);
      const opened = await one.accounts.usage.open({after: null, limit: 10});
      expect(opened.map(({runId}) => runId).toSorted()).toEqual([null, null, 'the run'].toSorted());
      expect(await one.accounts.usage.open({after: opened.at(-1) ?? null, limit: 10})).toEqual([]);
      await one.accounts.usage.settle('b2', {cpuMs: 1, wallMs: 1}, now);
      expect(await charge(one, [user], 'b3')).toBe('charged');
      // What was taken back was not used; what was refused never was.
      expect(await one.accounts.usage.days('user:y', '2000-01-01')).toMatchObject([{runs: 4, cpuMs: 1}]);
    });

    it('keeps an administrator, whatever two processes change at once', async () => {
      const target = await newTarget();
      await using one = await open(target);
      const {user} = await one.accounts.identity.signUp(USER, CLIENT);
      await expect(one.accounts.users.change(user.id, {role: 'member'})).rejects.toMatchObject({
        code: 'forbidden',
      });
      const second = await one.accounts.identity.create({...USER, username: 'bob'}, 'admin');
      expect(await one.accounts.users.change(user.id, {role: 'member'})).toMatchObject({role: 'member'});
      await expect(one.accounts.users.change(second.id, {isDisabled: true})).rejects.toMatchObject({
        code: 'forbidden',
      });
    });

    it('uses a reset token once, and an invitation once', async () => {
      await using one = await open(await newTarget());
      const {identity, invitations} = one.accounts;
      const {user} = await identity.signUp(USER, CLIENT);
      const token = await identity.resetToken(user.id);
      await identity.resetPassword(token, 'another password');
      await expect(identity.resetPassword(token, 'a third password')).rejects.toMatchObject({
        code: 'unauthorized',
      });
      const invitation = await invitations.create(user.id, {
        role: 'member',
        expiresAtMs: Date.now() + 60_000,
      });
      expect(await invitations.use(invitation, 'bob')).toBe('member');
      await expect(invitations.use(invitation, 'eve')).rejects.toMatchObject({code: 'forbidden'});
      const old = await invitations.create(user.id, {role: 'member', expiresAtMs: Date.now() - 1});
      await expect(invitations.use(old, 'eve')).rejects.toMatchObject({code: 'forbidden'});
    });

    it('keeps the audit log in order, and drops what is too old', async () => {
      await using one = await open(await newTarget());
      const {audit} = one.accounts;
      for (let index = 0; index < 5; index++)
        audit.record({actor: {id: null, name: 'x'}, action: `a${index}`, target: '', address: ''});
      expect((await audit.list({limit: 3})).map(({action}) => action)).toEqual(['a4', 'a3', 'a2']);
      await audit.deleteBefore(Date.now() + 1000);
      expect(await audit.list({limit: 3})).toEqual([]);
    });
  });
}

async function open(target: string): Promise<Opened> {
  await using resources = new AsyncDisposableStack();
  const database = resources.use(await openAccountsDatabase(target));
  const accounts = resources.use(
    await Accounts.open(database, new MemoryLimitStore(), {
      signUp: 'open',
      publicUrl: null,
      secret: 'a secret for tests, long enough for a signature',
      sessionSeconds: 3600,
      oidc: null,
      defaultAllowance: {},
      auditRetentionDays: 1,
      onFault: (error) => {
        throw error;
      },
    }),
  );
  const owned = resources.move();
  return {accounts, database, [Symbol.asyncDispose]: () => owned.disposeAsync()};
}

function cookieOf(cookies: readonly string[]): string {
  return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
}

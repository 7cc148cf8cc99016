import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, expect, it, vi} from 'vitest';
import {LiveClient} from '../../packages/server/test/support/live-client.ts';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {PostgresService} from '../services/postgres-service.ts';
import {RedisService} from '../services/redis-service.ts';
import {describeWith} from '../services/wanted.ts';

const PASSWORD = 'correct horse battery';
const SLEEP = {language: 'python', code: 'import time\ntime.sleep(20)\n'};
const BUSY = {
  language: 'python',
  code: 'import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n',
};
const HELLO = {language: 'python', code: 'print("hello")'};
const JSON_BODY = {'content-type': 'application/json'};
const LEASE_MS = 2_000;

interface Asked {
  readonly status: number;
  readonly headers: Headers;
  /** Its shape is the test's to know. */
  readonly body: unknown;
}
interface UsageDays {
  readonly user: readonly {readonly runs: number; readonly cpuMs: number}[];
}

describeWith(['postgresql', 'redis-server'], 'accounts over two API processes and a worker', () => {
  const resources = new AsyncDisposableStack();
  let env: Record<string, string>;
  let apis: readonly ServerProcess[];
  let worker: ServerProcess;
  let cookie: string;
  /** Of the worker: what it learned of the languages it knows again the next time. */
  let dataDir: string;
  const startWorker = async () =>
    await ServerProcess.start({dataDir, env: {...env, SANDGLASS_ROLE: 'worker'}});

  beforeAll(async () => {
    const postgres = resources.use(await PostgresService.start());
    const redis = resources.use(await RedisService.start());
    env = {
      SANDGLASS_STORE_KIND: 'postgres',
      SANDGLASS_STORE_URL: await postgres.createDatabase(),
      SANDGLASS_QUEUE_KIND: 'redis',
      SANDGLASS_QUEUE_URL: redis.url,
      SANDGLASS_CLUSTER_SECRET: randomBytes(32).toString('hex'),
      SANDGLASS_CLUSTER_LEASE_MS: String(LEASE_MS),
      SANDGLASS_ACCOUNTS_MODE: 'open',
      SANDGLASS_ACCOUNTS_SECRET: randomBytes(32).toString('hex'),
    };
    dataDir = await mkdtemp(join(tmpdir(), 'sandglass-accounts-'));
    resources.defer(() => rm(dataDir, {recursive: true, force: true}));
    worker = await startWorker();
    resources.defer(async () => await worker[Symbol.asyncDispose]());
    const api = async () => resources.use(await ServerProcess.start({env: {...env, SANDGLASS_ROLE: 'api'}}));
    apis = [await api(), await api()];
    const signedUp = await ask(0, 'POST', '/v1/account/sign-up', {username: 'ada', password: PASSWORD});
    expect(signedUp.status).toBe(201);
    cookie = cookieOf(signedUp);
    await vi.waitUntil(async () => (await ask(1, 'GET', '/readyz')).status === 200, {timeout: 30_000});
  });
  afterAll(async () => {
    await resources.disposeAsync();
  });

  async function ask(
    api: 0 | 1,
    method: string,
    path: string,
    body?: unknown,
    credentials: Record<string, string> = {},
  ): Promise<Asked> {
    const url = apis[api]?.url ?? '';
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {origin: url, ...(body === undefined ? {} : JSON_BODY), ...credentials},
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
    const text = await response.text();
    return {status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text)};
  }

  /** As ada in a browser. */
  const asAda = async (api: 0 | 1, method: string, path: string, body?: unknown) =>
    await ask(api, method, path, body, {cookie});

  async function newKey(
    allowance: Record<string, number> = {},
  ): Promise<{id: string; auth: Record<string, string>}> {
    const made = await asAda(0, 'POST', '/v1/keys', {name: 'k', scopes: ['run', 'read'], allowance});
    const {key, token} = made.body as {key: {id: string}; token: string};
    return {id: key.id, auth: {authorization: `Bearer ${token}`}};
  }

  async function usage(api: 0 | 1): Promise<{runs: number; cpuMs: number}> {
    const {user} = (await asAda(api, 'GET', '/v1/account/usage?days=2')).body as UsageDays;
    return {
      runs: user.reduce((sum, {runs}) => sum + runs, 0),
      cpuMs: user.reduce((sum, {cpuMs}) => sum + cpuMs, 0),
    };
  }

  it('row 50: who signs in at one is signed in at the other, until he signs out', async () => {
    const signedIn = await ask(0, 'POST', '/v1/account/sign-in', {user: 'ada', password: PASSWORD});
    const session = {cookie: cookieOf(signedIn)};
    expect(await ask(1, 'GET', '/v1/account', undefined, session)).toMatchObject({
      status: 200,
      body: {user: {username: 'ada', role: 'admin'}},
    });
    expect((await ask(1, 'POST', '/v1/account/sign-out', {}, session)).status).toBe(200);
    await expect.poll(async () => (await ask(0, 'GET', '/v1/account', undefined, session)).status).toBe(401);
  });

  it('row 51: a key runs at both, its runs are found at both, and it stops at both when it is revoked', async () => {
    const {id, auth} = await newKey();
    const ran = await ask(1, 'POST', '/v1/runs?wait=true', HELLO, auth);
    const run = ran.body as Run;
    expect(run).toMatchObject({outcome: 'ok'});
    expect(await ask(0, 'GET', `/v1/runs/${run.id}`, undefined, auth)).toMatchObject({body: {id: run.id}});
    const under = await ask(0, 'POST', '/v1/runs', HELLO, auth);
    expect((await asAda(1, 'DELETE', `/v1/keys/${id}`)).status).toBe(200);
    for (const api of [0, 1] as const)
      await expect.poll(async () => (await ask(api, 'POST', '/v1/runs', HELLO, auth)).status).toBe(401);
    // What it had begun goes on.
    const {id: begun} = under.body as Run;
    const finished = await asAda(1, 'GET', `/v1/runs/${begun}?wait=true`);
    expect(finished.body).toMatchObject({outcome: 'ok'});
  });

  it('row 57: requests in a minute are counted over both', async () => {
    const {auth} = await newKey({requestsPerMinute: 6});
    const statuses: number[] = [];
    // A minute may end in between; two of them hold no more than twelve.
    for (let index = 0; index < 14; index += 1) {
      const answer = await ask(index % 2 === 0 ? 0 : 1, 'GET', '/v1/runs', undefined, auth);
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(statuses.slice(0, 6)).toEqual(Array(6).fill(200));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
  });

  it('row 57: runs at once are counted over both, seen by administrators at both, and cancelled at either', async () => {
    const {auth} = await newKey({concurrentRuns: 2});
    const begun = [
      await ask(0, 'POST', '/v1/runs', SLEEP, auth),
      await ask(1, 'POST', '/v1/runs', SLEEP, auth),
    ];
    expect(begun.map(({status}) => status)).toEqual([201, 201]);
    for (const api of [0, 1] as const)
      expect(await ask(api, 'POST', '/v1/runs', HELLO, auth)).toMatchObject({
        status: 429,
        body: {code: 'rate-limited'},
      });
    const ids = begun.map(({body}) => (body as Run).id);
    for (const api of [0, 1] as const) {
      const active = (await asAda(api, 'GET', '/v1/active-runs')).body as readonly {id: string}[];
      expect(active.map(({id}) => id)).toEqual(expect.arrayContaining(ids));
    }
    // One as an administrator, one as its owner, each where the other one began it.
    const [first, second] = ids;
    expect((await asAda(1, 'DELETE', `/v1/active-runs/${first}`)).body).toMatchObject({outcome: 'cancelled'});
    expect((await ask(0, 'DELETE', `/v1/runs/${second}`, undefined, auth)).status).toBe(200);
    await expect.poll(async () => (await ask(0, 'POST', '/v1/runs?wait=true', HELLO, auth)).status).toBe(200);
  });

  it('row 57: the quota of a day is counted over both', async () => {
    const {auth} = await newKey({runsPerDay: 3});
    const answers = await Promise.all(
      Array.from({length: 8}, (_, index) => ask(index % 2 === 0 ? 0 : 1, 'POST', '/v1/runs', HELLO, auth)),
    );
    expect(answers.filter(({status}) => status === 201)).toHaveLength(3);
    for (const {status, body} of answers)
      if (status !== 201) expect({status, body}).toMatchObject({status: 429, body: {code: 'quota-exceeded'}});
  });

  it('row 57: a live session takes a place, is told in its own words when there is none, and is charged', async () => {
    const {auth} = await newKey({concurrentRuns: 1});
    const before = await usage(0);
    const open = async (api: 0 | 1) => await LiveClient.open(apis[api]?.url ?? '', auth);
    const code = `input()\n${BUSY.code}`;
    await using first = await open(0);
    first.say({kind: 'start', run: {language: 'python', code}});
    await first.hears('accepted');
    await using second = await open(1);
    second.say({kind: 'start', run: HELLO});
    expect(await second.hears('error')).toMatchObject({problem: {code: 'rate-limited'}});
    expect((await ask(1, 'POST', '/v1/runs', HELLO, auth)).status).toBe(429);
    first.say({kind: 'stdin', data: '\n'});
    expect(await first.hears('finished')).toMatchObject({run: {outcome: 'ok'}});
    await expect.poll(async () => (await ask(1, 'POST', '/v1/runs?wait=true', HELLO, auth)).status).toBe(200);
    await expect.poll(async () => (await usage(1)).cpuMs - before.cpuMs).toBeGreaterThanOrEqual(300);
    expect((await usage(1)).runs - before.runs).toBe(2);
  });

  it('row 57: a run whose worker and whose API process are killed is charged once, and its place is free', async () => {
    await expect
      .poll(async () => ((await asAda(0, 'GET', '/v1/active-runs')).body as unknown[]).length)
      .toBe(0);
    const before = await usage(1);
    const {auth} = await newKey({concurrentRuns: 1});
    const dying = await ServerProcess.start({env: {...env, SANDGLASS_ROLE: 'api'}});
    const slow = {...BUSY, code: `import time\ntime.sleep(3)\n${BUSY.code}`};
    const answer = await fetch(`${dying.url}/v1/runs`, {
      method: 'POST',
      headers: {...auth, ...JSON_BODY},
      body: JSON.stringify(slow),
    });
    const {id} = (await answer.json()) as Run;
    await expect
      .poll(async () => ((await asAda(0, 'GET', `/v1/runs/${id}`)).body as Run).state)
      .toBe('running');
    await dying.end('SIGKILL');
    await dying[Symbol.asyncDispose]();
    await worker.end('SIGKILL');
    expect((await ask(1, 'POST', '/v1/runs', HELLO, auth)).status).toBe(429);
    worker = await startWorker();
    const finished = (await asAda(0, 'GET', `/v1/runs/${id}?wait=true`)).body as Run;
    expect(finished).toMatchObject({outcome: 'ok', attempts: 2});
    await expect.poll(async () => (await ask(1, 'POST', '/v1/runs?wait=true', HELLO, auth)).status).toBe(200);
    const used = finished.run?.cpuTimeMs ?? 0;
    expect(used).toBeGreaterThanOrEqual(300);
    const spent = async () => (await usage(0)).cpuMs - before.cpuMs;
    // The two runs are all that was run since; hello takes far less than the other one, charged a second time.
    await expect.poll(spent).toBeGreaterThan(used);
    expect(await spent()).toBeLessThan(2 * used);
    expect((await usage(1)).runs - before.runs).toBe(2);
  });
});

function cookieOf({headers}: Asked): string {
  return headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
}

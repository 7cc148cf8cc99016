import {Writable} from 'node:stream';
import type {Run} from '@sandglass/protocol';
import {pino} from 'pino';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {LiveClient} from '../support/live-client.ts';
import {Person} from '../support/person.ts';
import {sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

const FLAGS = {
  'accounts-mode': 'open',
  'accounts-allowance-requests-per-minute': '0',
  'shutdown-grace-ms': '0',
};
let server: TestServer;
let ada: Person;
const log: string[] = [];

beforeAll(async () => {
  const sink = new Writable({
    write: (chunk, _, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const logger = pino({level: 'trace'}, sink);
  server = await TestServer.start({
    flags: FLAGS,
    scripts: {slow: sleep(20_000), brief: sleep(300), busy: async () => ({cpuTimeMs: 1500})},
    logger,
  });
  ada = await Person.signUp(server, 'ada');
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const submit = async (token: string, code = 'x', query = '') =>
  await server.post(`/v1/runs${query}`, {language: 'script', code}, bearer(token));

describe('a key', () => {
  it('runs programs under the name of its user, who sees them in the browser', async () => {
    const {token} = await ada.key(['run', 'read']);
    const run = (await (await submit(token, 'hello', '?wait=true')).json()) as Run;
    expect(run.outcome).toBe('ok');
    expect(await ada.json('GET', `/v1/runs/${run.id}`)).toMatchObject({id: run.id});
  });

  it('is shown once, and neither listed, logged, nor repeated in an error', async () => {
    const {id, token} = await ada.key(['run']);
    const secret = token.slice(`sgk_${id}_`.length);
    expect(JSON.stringify(await ada.json('GET', '/v1/keys'))).not.toContain(secret);
    const wrong = await server.fetch('/v1/runs', {headers: bearer(`${token}x`)});
    expect(wrong.status).toBe(401);
    expect(await wrong.text()).not.toContain(secret);
    expect((await server.fetch(`/v1/runs?key=${token}`)).status).not.toBe(200);
    await submit(token);
    expect(JSON.stringify(await ada.json('GET', '/v1/audit?limit=200'))).not.toContain(secret);
    expect(log.join('')).not.toContain(secret);
  });

  it.each([
    ['of scope read does not run', ['read'], 403],
    ['of scope run runs', ['run'], 201],
  ])('%s', async (_, scopes, status) => {
    expect((await submit((await ada.key(scopes)).token)).status).toBe(status);
  });

  it('of scope run does not read, and no key makes keys or changes the password', async () => {
    const {token} = await ada.key(['run', 'write', 'admin']);
    expect((await server.fetch('/v1/runs', {headers: bearer(token)})).status).toBe(403);
    for (const path of ['/v1/keys', '/v1/account/password'])
      expect((await server.post(path, {}, bearer(token))).status).toBe(403);
  });

  it('of scope admin is made by administrators only', async () => {
    const bob = await Person.signUp(server, 'bob');
    expect((await bob.send('POST', '/v1/keys', {name: 'k', scopes: ['admin']})).status).toBe(403);
    const {token} = await ada.key(['admin']);
    expect((await server.fetch('/v1/users', {headers: bearer(token)})).status).toBe(200);
  });

  it('is worth nothing from the moment it is revoked, and what it runs finishes', async () => {
    const {id, token} = await ada.key(['run', 'read']);
    const {id: runId} = (await (await submit(token, 'brief')).json()) as Run;
    await ada.json('DELETE', `/v1/keys/${id}`);
    expect((await submit(token)).status).toBe(401);
    expect((await server.fetch(`/v1/runs/${runId}`, {headers: bearer(token)})).status).toBe(401);
    expect(await ada.json('GET', `/v1/runs/${runId}?wait=true`)).toMatchObject({outcome: 'ok'});
  });

  it('that is rotated has another secret, and the old one is worth nothing', async () => {
    const {id, token} = await ada.key(['read']);
    const {token: next} = await ada.json<{token: string}>('POST', `/v1/keys/${id}/rotate`);
    expect((await server.fetch('/v1/runs', {headers: bearer(token)})).status).toBe(401);
    expect((await server.fetch('/v1/runs', {headers: bearer(next)})).status).toBe(200);
  });

  it('ends when its time has come', async () => {
    const {token} = await ada.key(['read'], {expiresAt: new Date(Date.now() + 700).toISOString()});
    // What was looked up is remembered for half a second, so this ends within that of its time.
    await expect
      .poll(async () => (await server.fetch('/v1/runs', {headers: bearer(token)})).status, {timeout: 20_000})
      .toBe(401);
    const past = {name: 'k', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z'};
    expect((await ada.send('POST', '/v1/keys', past)).status).toBe(400);
  });

  it.each([`sgk_AAAAAAAAAAAA_${'A'.repeat(43)}`, 'sgk_', 'nonsense', ''])('is not "%s"', async (token) => {
    for (const authorization of [`Bearer ${token}`, `Basic ${token}`])
      expect((await server.fetch('/v1/runs', {headers: {authorization}})).status).toBe(401);
  });

  it('of somebody else is neither listed, rotated nor revoked', async () => {
    const {id, token} = await ada.key(['read']);
    const carol = await Person.signUp(server, 'carol');
    expect(await carol.json('GET', '/v1/keys')).toEqual([]);
    expect((await carol.send('DELETE', `/v1/keys/${id}`)).status).toBe(404);
    expect((await carol.send('POST', `/v1/keys/${id}/rotate`)).status).toBe(404);
    expect((await server.fetch('/v1/runs', {headers: bearer(token)})).status).toBe(200);
  });
});

describe('row 57: the allowance of a key', () => {
  it('answers request N + 1 of a minute with 429, Retry-After and RateLimit, and nobody else', async () => {
    const {token} = await ada.key(['read'], {allowance: {requestsPerMinute: 5}});
    const answers: Response[] = [];
    // A minute may end in between; two of them hold no more than ten.
    for (let index = 0; index < 11; index++)
      answers.push(await server.fetch('/v1/runs', {headers: bearer(token)}));
    expect(answers.slice(0, 5).map(({status}) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"requests";q=5;w=60');
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"requests";r=4;t=\d+$/);
    const refused = answers.find(({status}) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused?.headers.get('ratelimit')).toMatch(/;r=0;/);
    expect(await refused?.json()).toMatchObject({code: 'rate-limited'});
    const other = await ada.key(['read'], {allowance: {requestsPerMinute: 5}});
    expect((await server.fetch('/v1/runs', {headers: bearer(other.token)})).status).toBe(200);
  });

  it('bounds how many runs go on at once, over HTTP and WebSocket alike', async () => {
    const {token} = await ada.key(['run', 'read'], {allowance: {concurrentRuns: 1}});
    const {id} = (await (await submit(token, 'slow')).json()) as Run;
    const refused = await submit(token);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    await using live = await LiveClient.open(server.server.url, bearer(token));
    live.say({kind: 'start', run: {language: 'script', code: 'x'}});
    expect(await live.hears('error')).toMatchObject({problem: {code: 'rate-limited'}});
    await server.fetch(`/v1/runs/${id}`, {method: 'DELETE', headers: bearer(token)});
    await expect.poll(async () => (await submit(token)).status, {timeout: 20_000}).toBe(201);
  });

  it('ends with the quota of the day, and a refused run costs nothing', async () => {
    const {id, token} = await ada.key(['run', 'read'], {allowance: {runsPerDay: 2}});
    const unknown = await server.post('/v1/runs', {language: 'none', code: 'x'}, bearer(token));
    expect(unknown.status).toBe(422);
    for (let index = 0; index < 2; index++) expect((await submit(token, 'x', '?wait=true')).status).toBe(200);
    const refused = await submit(token);
    expect(await refused.json()).toMatchObject({code: 'quota-exceeded', status: 429});
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const {keys} = await ada.json<{keys: {id: string; days: {runs: number}[]}[]}>('GET', '/v1/account/usage');
    expect(keys.find((key) => key.id === id)?.days.reduce((sum, {runs}) => sum + runs, 0)).toBe(2);
  });

  it('ends with the CPU seconds of the day', async () => {
    const {token} = await ada.key(['run', 'read'], {allowance: {cpuSecondsPerDay: 1}});
    expect((await submit(token, 'busy', '?wait=true')).status).toBe(200);
    // The use is written down when the run has ended, which is told at the same time.
    await expect.poll(async () => (await submit(token)).status, {timeout: 20_000}).toBe(429);
  });

  it('lowers what a run may ask for', async () => {
    const {token} = await ada.key(['run'], {allowance: {maxLimits: {wallTimeMs: 500}}});
    const body = {language: 'script', code: 'x', limits: {wallTimeMs: 1000}};
    expect(await (await server.post('/v1/runs', body, bearer(token))).json()).toMatchObject({
      code: 'limit-too-high',
    });
    expect((await submit(token)).status).toBe(201);
  });

  it('holds for a batch as a whole: all of it or nothing', async () => {
    const {token} = await ada.key(['run', 'read'], {allowance: {runsPerDay: 3}});
    const batch = (size: number) => ({
      runs: Array.from({length: size}, () => ({language: 'script', code: 'x'})),
    });
    expect((await server.post('/v1/batches', batch(4), bearer(token))).status).toBe(429);
    expect((await server.post('/v1/batches', batch(3), bearer(token))).status).toBe(201);
    expect((await submit(token)).status).toBe(429);
  });
});

describe('visitors', () => {
  it('are not let in unless the operator allows them', async () => {
    const headers = {cookie: `sandglass_visitor=${'A'.repeat(22)}`, origin: server.server.url};
    expect((await server.post('/v1/runs', {language: 'script', code: 'x'}, headers)).status).toBe(401);
  });

  it('run programs where they are allowed, and see only their own', async () => {
    await using open = await TestServer.start({flags: {...FLAGS, 'accounts-visitors': 'true'}});
    await Person.signUp(open, 'ada');
    const [one, two] = [new Person(open), new Person(open)];
    // The page asks who it is, and gets the cookie.
    for (const visitor of [one, two]) await visitor.json('GET', '/v1/account/state');
    const run = await one.json<Run>('POST', '/v1/runs?wait=true', {language: 'script', code: 'x'});
    expect((await one.send('GET', `/v1/runs/${run.id}`)).status).toBe(200);
    expect((await two.send('GET', `/v1/runs/${run.id}`)).status).toBe(404);
    expect(await two.json('GET', '/v1/runs')).toMatchObject({runs: []});
    expect((await one.send('GET', '/v1/account')).status).toBe(401);
    expect((await one.send('POST', '/v1/keys', {name: 'k', scopes: ['run']})).status).toBe(401);
  });
});

function bearer(token: string): Record<string, string> {
  return {authorization: `Bearer ${token}`};
}

import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Run} from '@sandglass/protocol';
import {expect, it} from 'vitest';
import {settleLeftRuns} from '../../src/access/settle-left-runs.ts';
import {Person} from '../support/person.ts';
import type {Script} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

const FLAGS = {
  'accounts-mode': 'open',
  'accounts-allowance-requests-per-minute': '0',
  'accounts-allowance-concurrent-runs': '1',
  'shutdown-grace-ms': '0',
};
interface UsageDays {
  readonly user: readonly {readonly runs: number; readonly cpuMs: number}[];
}

it('row 57: a run that outlives its server is charged once, by the next one, and its place is free then', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-left-'));
  await using _ = {[Symbol.asyncDispose]: () => rm(dataDir, {recursive: true})};
  const begun = Promise.withResolvers<void>();
  const hang: Script = async ({signal}) => {
    begun.resolve();
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return {};
  };
  const {cookie, id} = await (async () => {
    await using first = await TestServer.start({flags: FLAGS, dataDir, scripts: {busy: hang}});
    const ada = await Person.signUp(first, 'ada');
    const run = await ada.json<Run>('POST', '/v1/runs', {language: 'script', code: 'busy'});
    await begun.promise;
    expect((await ada.send('POST', '/v1/runs', {language: 'script', code: 'x'})).status).toBe(429);
    return {cookie: ada.cookie, id: run.id};
  })();
  const busy: Script = async () => ({cpuTimeMs: 1500});
  await using second = await TestServer.start({flags: FLAGS, dataDir, scripts: {busy}});
  const get = async (path: string) => await (await second.fetch(path, {headers: {cookie}})).json();
  await expect.poll(async () => ((await get(`/v1/runs/${id}`)) as Run).state).toBe('finished');
  const usage = async () => ((await get('/v1/account/usage?days=2')) as UsageDays).user;
  const total = async () =>
    (await usage()).reduce((sum, {runs, cpuMs}) => ({runs: sum.runs + runs, cpuMs: sum.cpuMs + cpuMs}), {
      runs: 0,
      cpuMs: 0,
    });
  await expect.poll(total).toEqual({runs: 1, cpuMs: 1500});
  const headers = {cookie, origin: second.server.url};
  const next = await second.post('/v1/runs?wait=true', {language: 'script', code: 'x'}, headers);
  expect(((await next.json()) as Run).outcome).toBe('ok');
  await expect.poll(total).toEqual({runs: 2, cpuMs: 1501});
  expect(second.faults).toEqual([]);
});

it('takes a charge back for what was never accepted, once nobody can be about to accept it', async () => {
  await using server = await TestServer.start({flags: FLAGS});
  const usage = server.access?.accounts.usage;
  if (usage === undefined) throw new Error('the server has no accounts');
  const bound = {subject: 'user:x', concurrentRuns: 2, runsPerDay: 9, cpuSecondsPerDay: undefined};
  const now = Date.now();
  await usage.charge([bound], {ids: ['new'], runOwner: 'x'}, now);
  await usage.charge([bound], {ids: ['old'], runOwner: 'x'}, now - 10 * 60_000);
  const runs = {
    get: async () => await Promise.reject(new Error('nothing was accepted, so nothing is asked for')),
  };
  await settleLeftRuns({usage, runs}, null);
  expect((await usage.open({after: null, limit: 10})).map(({id}) => id)).toEqual(['new']);
  const days = await usage.days('user:x', '2000-01-01');
  expect(days.reduce((sum, day) => sum + day.runs, 0)).toBe(1);
});

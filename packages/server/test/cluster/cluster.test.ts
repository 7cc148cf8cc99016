import {readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {type Run, SandglassError} from '@sandglass/protocol';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {sampleRun} from '../../../store/test/contract/sample-runs.ts';
import {LiveClient} from '../support/live-client.ts';
import {readEvents} from '../support/read-events.ts';
import {print, ScriptedEngine, sleep} from '../support/scripted-engine.ts';
import {TestCluster} from './test-cluster.ts';

const WAIT = {timeout: 20_000};

/** Every figure that a panel shows, and the labels that it is grouped by or filtered with. */
async function dashboardQueries(): Promise<readonly {name: string; labels: readonly string[]}[]> {
  const file = new URL('../../../../deploy/grafana/sandglass.json', import.meta.url);
  // Written by us, and of use to Grafana only in this shape.
  const {panels} = JSON.parse(await readFile(file, 'utf8')) as {
    readonly panels: readonly {readonly targets: readonly {readonly expr: string}[]}[];
  };
  return panels.flatMap(({targets}) =>
    targets.flatMap(({expr}) => {
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
      const filtered = [...expr.matchAll(/([a-z_]+)="/g)].map(([, name = '']) => name);
      return [...expr.matchAll(/sandglass_[a-z_]+/g)].map(([name]) => ({
        name,
        labels: [...grouped, ...filtered],
      }));
    }),
  );
}

/** One line of the text format with these labels, in any order, and a count of at least one. */
function seriesOf(name: string, labels: Readonly<Record<string, string>>): RegExp {
  const each = Object.entries(labels).map(([label, value]) => `(?=.*${label}="${value}")`);
  return new RegExp(`^${name}\\{${each.join('')}.*\\} [1-9]`, 'm');
}

describeWith(['postgresql'], 'API processes and workers over one database', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await PostgresService.start();
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  test('a run that is waited for at one API process is executed by a worker and read at the other', async () => {
    await using cluster = await TestCluster.start(postgres);
    const run = await cluster.submit('hello', '?wait=true');
    expect(run).toMatchObject({state: 'finished', outcome: 'ok', attempts: 1, run: {stdout: 'hello'}});
    expect(await cluster.get(1, run.id)).toEqual(run);
    const languages = await (await cluster.fetch(1, '/v1/languages')).json();
    expect(languages).toMatchObject([{id: 'script', available: true}]);
  });

  test('a hundred runs are each executed once, by all workers together', async () => {
    await using cluster = await TestCluster.start(postgres);
    const names = Array.from({length: 100}, (_, index) => `run-${index}`);
    const runs = await Promise.all(names.map((name) => cluster.submit(name, '?wait=true')));
    expect(runs.map((run) => run.run?.stdout)).toEqual(names);
    const executed = cluster.engines.map((engine) => engine.executed.length);
    expect(executed[0]).toBeGreaterThan(0);
    expect(executed[1]).toBeGreaterThan(0);
    expect(cluster.engines.flatMap((engine) => engine.executed).sort()).toEqual([...names].sort());
  });

  test('a fault of ours is tried again, on any worker, and the third one ends the run', async () => {
    const fault = async (): Promise<never> => {
      throw new SandglassError('sandbox-lost', 'The sandbox was lost.');
    };
    await using cluster = await TestCluster.start(postgres, {scripts: {broken: fault}});
    const run = await cluster.submit('broken', '?wait=true');
    expect(run).toMatchObject({outcome: 'internal-error', attempts: 3});
    expect(cluster.engines.flatMap((engine) => engine.executed)).toHaveLength(3);
  });

  test('cancelling at the other API process ends a running program', async () => {
    await using cluster = await TestCluster.start(postgres, {scripts: {long: sleep(60_000)}});
    const {id} = await cluster.submit('long');
    await vi.waitUntil(async () => (await cluster.get(0, id)).state === 'running', WAIT);
    const cancelled = (await (await cluster.fetch(1, `/v1/runs/${id}`, {method: 'DELETE'})).json()) as Run;
    expect(cancelled).toMatchObject({state: 'finished', outcome: 'cancelled'});
  });

  test('a waiting run tells its place, and is cancelled without ever being started', async () => {
    const flags = {concurrency: '1'};
    await using cluster = await TestCluster.start(postgres, {
      scripts: {long: sleep(60_000)},
      flags,
      workers: 1,
    });
    const first = await cluster.submit('long');
    await vi.waitUntil(async () => (await cluster.get(0, first.id)).state === 'running', WAIT);
    const second = await cluster.submit('second');
    const third = await cluster.submit('third');
    expect((await cluster.get(1, second.id)).queue).toMatchObject({position: 0});
    expect((await cluster.get(1, third.id)).queue).toMatchObject({position: 1});
    await cluster.fetch(1, `/v1/runs/${second.id}`, {method: 'DELETE'});
    expect(await cluster.get(0, second.id)).toMatchObject({
      outcome: 'cancelled',
      attempts: 0,
      startedAt: null,
    });
    expect((await cluster.get(1, third.id)).queue).toMatchObject({position: 0});
    await cluster.fetch(0, `/v1/runs/${first.id}`, {method: 'DELETE'});
    expect((await cluster.get(0, third.id, '?wait=20000')).outcome).toBe('ok');
    expect(cluster.engines[0]?.executed).toEqual(['long', 'third']);
  });

  test('events are followed live from another process, from before the start to the end', async () => {
    const go = Promise.withResolvers<void>();
    const scripts = {
      talk: async (...[options]: Parameters<ReturnType<typeof print>>) => {
        await go.promise;
        return await print('one', 'two')(options, 1);
      },
    };
    await using cluster = await TestCluster.start(postgres, {scripts});
    const {id} = await cluster.submit('talk');
    const response = await cluster.fetch(1, `/v1/runs/${id}/events`);
    const reading = readEvents(response);
    go.resolve();
    const events = await reading;
    expect(events.filter((event) => event.event === 'state')).toHaveLength(2);
    expect(
      events
        .filter((event) => event.event === 'stdout')
        .map((event) => event.data.data)
        .join(''),
    ).toBe('onetwo');
    expect(events.at(-1)).toMatchObject({event: 'finished', data: {id, outcome: 'ok'}});
    const ids = events.map((event) => event.id);
    expect(ids).toEqual([...ids].sort((left, right) => left - right));
  });

  test('past the bound new runs are refused with a time to come back, by every API process', async () => {
    const flags = {concurrency: '1', 'queue-limit': '2'};
    await using cluster = await TestCluster.start(postgres, {
      scripts: {long: sleep(60_000)},
      flags,
      workers: 1,
    });
    const first = await cluster.submit('long');
    await vi.waitUntil(async () => (await cluster.get(0, first.id)).state === 'running', WAIT);
    await cluster.submit('a');
    await cluster.submit('b');
    for (const api of [0, 1] as const)
      await vi.waitUntil(async () => {
        const response = await cluster.post(api, '/v1/runs', {language: 'script', code: 'c'});
        await response.body?.cancel();
        return response.status === 503 && Number(response.headers.get('retry-after')) >= 1;
      }, WAIT);
    await cluster.fetch(0, `/v1/runs/${first.id}`, {method: 'DELETE'});
  });

  test('a worker that stops lets its program end; what it cannot finish another one takes without a fault', async () => {
    const scripts = {slow: sleep(300), stuck: sleep(120_000)};
    const flags = {'shutdown-grace-ms': '1500', concurrency: '2'};
    await using cluster = await TestCluster.start(postgres, {scripts, flags, workers: 1});
    const slow = await cluster.submit('slow');
    const stuck = await cluster.submit('stuck');
    await vi.waitUntil(async () => (await cluster.get(0, stuck.id)).state === 'running', WAIT);
    await cluster.workers[0]?.stop(new AbortController().signal);
    expect((await cluster.get(0, slow.id)).outcome).toBe('ok');
    expect((await cluster.get(0, stuck.id)).state).not.toBe('finished');
    expect(await cluster.store.claim('next', 'interactive', 60_000)).toMatchObject({attempt: 2, faults: 0});
  });

  test('a run whose worker falls silent is taken by another one', async () => {
    const flags = {'cluster-lease-ms': '1000'};
    await using cluster = await TestCluster.start(postgres, {flags, workers: 0});
    // A worker as it is when it was killed: it has taken a run and never says anything again.
    const holder = {worker: 'dead', leaseMs: 1_000, isAttended: false};
    const sample = sampleRun('01900000-0000-7000-8000-000000000001');
    const run = {
      ...sample,
      language: {id: 'script', version: '1.0'},
      spec: {...sample.spec, language: 'script'},
    };
    await cluster.store.accept([run], null, {weight: 1, isLive: false, holder});
    await vi.waitUntil(async () => (await cluster.store.waiting()).interactive === 1, WAIT);
    expect(await cluster.store.claim('alive', 'interactive', 60_000)).toMatchObject({attempt: 2, faults: 1});
    expect((await cluster.get(0, run.id)).state).toBe('running');
  });

  test('processes count what the dashboard asks for, each with the labels that it groups by', async () => {
    const broken = async (): Promise<never> => {
      throw new SandglassError('sandbox-lost', 'The sandbox was lost.');
    };
    await using cluster = await TestCluster.start(postgres, {workers: 1, scripts: {broken}});
    await cluster.submit('broken', '?wait=true');
    const urls = [cluster.apis[0]?.url, cluster.workers[0]?.url];
    const texts = await Promise.all(urls.map(async (url) => await (await fetch(`${url}/metrics`)).text()));
    const [api = '', worker = ''] = texts;
    for (const stage of ['accept', 'store'])
      expect(api).toMatch(seriesOf('sandglass_run_stage_seconds_count', {stage, role: 'api'}));
    for (const stage of ['queued', 'store', 'total'])
      expect(worker).toMatch(seriesOf('sandglass_run_stage_seconds_count', {stage, role: 'worker'}));
    const asked = await dashboardQueries();
    expect(asked.length).toBeGreaterThan(10);
    for (const {name, labels} of asked) {
      const series = texts.join('\n').match(new RegExp(`^${name}(\\{.*\\})? .*$`, 'gm')) ?? [];
      expect(series, name).not.toEqual([]);
      for (const label of labels)
        expect(
          series.filter((line) => line.includes(`${label}="`)),
          `${name} by ${label}`,
        ).not.toEqual([]);
    }
  });

  test('a live session runs on a worker behind an API process, with input, output and an end', async () => {
    await using cluster = await TestCluster.start(postgres);
    await using client = await LiveClient.open(cluster.apis[1]?.url ?? '');
    client.say({kind: 'start', run: {language: 'script', code: 'spoken'}});
    await client.hears('finished');
    expect(await client.closed).toBe(1000);
    expect(client.output('stdout').toString()).toBe('spoken');
    expect(client.messages.at(-1)).toMatchObject({kind: 'finished', run: {outcome: 'ok', attempts: 1}});
  });

  test('workers answer nobody without the secret, and believe no caller that a client names', async () => {
    await using cluster = await TestCluster.start(postgres, {workers: 1, scripts: {long: sleep(60_000)}});
    const {id} = await cluster.submit('long');
    await vi.waitUntil(async () => (await cluster.get(0, id)).state === 'running', WAIT);
    const address = `${cluster.workers[0]?.url}/cluster/runs/${id}/events`;
    for (const headers of [{}, {'x-sandglass-secret': ''}, {'x-sandglass-secret': 'a'.repeat(41)}]) {
      const response = await fetch(address, {headers});
      await response.body?.cancel();
      expect(response.status).toBe(401);
    }
    await expect(LiveClient.open(cluster.workers[0]?.url ?? '')).rejects.toThrow();
    await cluster.fetch(0, `/v1/runs/${id}`, {method: 'DELETE'});
  });

  test('a worker in which no language works starts nothing and is not heard of', async () => {
    await using cluster = await TestCluster.start(postgres, {workers: 0});
    const engine = new ScriptedEngine();
    const entries = engine.languages.entries.map((entry) => ({...entry, toolchains: []}));
    const useless = Object.assign(engine, {languages: {...engine.languages, entries}});
    await expect(cluster.startWorker(useless)).rejects.toMatchObject({code: 'not-ready'});
    expect(await cluster.store.workers(60_000)).toEqual([]);
  });

  test('the programs of a worker that is cut off from the database are stopped before its leases end', async () => {
    await using own = await PostgresService.start();
    const aborted = Promise.withResolvers<number>();
    const scripts = {
      watched: async ({signal}: Parameters<ReturnType<typeof print>>[0]) => {
        await delay(60_000, undefined, {signal}).catch(() => aborted.resolve(performance.now()));
        return {};
      },
    };
    const leaseMs = 3_000;
    const flags = {'cluster-lease-ms': String(leaseMs)};
    await using cluster = await TestCluster.start(own, {scripts, flags, workers: 1});
    const {id} = await cluster.submit('watched');
    await vi.waitUntil(async () => (await cluster.get(0, id)).state === 'running', WAIT);
    const readiness = async (): Promise<number[]> => {
      const urls = [cluster.apis[0]?.url, cluster.workers[0]?.url];
      return await Promise.all(urls.map(async (url) => (await fetch(`${url}/readyz`)).status));
    };
    expect(await readiness()).toEqual([200, 200]);
    await own.kill();
    await aborted.promise;
    // Alive, and of no use until the database is back.
    expect(await readiness()).toEqual([503, 503]);
    await own.restart();
    await expect.poll(readiness).toEqual([200, 200]);
    // Nobody wanted it cancelled: it is taken up again.
    await vi.waitUntil(async () => {
      const run = await cluster.get(1, id).catch(() => null);
      return (run?.attempts ?? 0) >= 2;
    }, WAIT);
  });
});

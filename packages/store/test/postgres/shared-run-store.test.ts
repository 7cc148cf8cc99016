import {setTimeout as delay} from 'node:timers/promises';
import {type ChangeNews, PostgresRunStore, type TurnOptions} from '@sandglass/store';
import pg from 'pg';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {BreakableLink} from '../../../../tests/services/breakable-link.ts';
import {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describeFairOrder} from '../../../queue/test/contract/fair-order-contract.ts';
import {sampleResult, sampleRun, sampleSpec} from '../contract/sample-runs.ts';

const FINISHED = '2026-01-31T12:00:01.000Z';
const WAITS: TurnOptions = {weight: 1, isLive: false, holder: null};
const LEASE_MS = 60_000;
const WAIT = {timeout: 20_000};

describeWith(['postgresql'], 'runs that several processes share', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await PostgresService.start();
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  const openStore = async (): Promise<PostgresRunStore> =>
    await PostgresRunStore.open({url: await postgres.createDatabase()});

  describeFairOrder('PostgreSQL', {
    crowd: 1_000,
    open: async () => {
      const store = await openStore();
      return {
        add: async (runs, weight) => {
          const samples = runs.map(({id, owner, priority}) =>
            sampleRun(id, {owner, spec: sampleSpec({priority})}),
          );
          await store.accept(samples, null, {...WAITS, weight});
        },
        take: async () => (await store.claim('w', 'interactive', LEASE_MS))?.stored.run.id ?? null,
        cancel: async ({id, owner}) =>
          void (await store.cancel(id, owner, sampleResult({outcome: 'cancelled'}), FINISHED)),
        position: async (id) => await store.position(id, 10_000),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
      };
    },
  });

  const takeAll = async (store: PostgresRunStore, lane: 'interactive' | 'batch'): Promise<string[]> => {
    const ids: string[] = [];
    for (;;) {
      const claimed = await store.claim('w', lane, LEASE_MS);
      if (claimed === null) return ids;
      ids.push(claimed.stored.run.id);
    }
  };

  test('a claim takes the oldest run, begins its first attempt and brings everything that is needed', async () => {
    await using store = await openStore();
    const spec = sampleSpec({code: new TextEncoder().encode('print(1)')});
    await store.accept([sampleRun('a', {spec}), sampleRun('b')], null, {...WAITS, isLive: true});
    const claimed = await store.claim('w', 'interactive', LEASE_MS);
    expect(claimed).toMatchObject({attempt: 1, faults: 0, isLive: true});
    expect(claimed?.stored).toMatchObject({owner: 'local', spec, run: {id: 'a', state: 'running'}});
    expect((await store.get('a', 'local'))?.run).toMatchObject({state: 'running', attempts: 1});
    expect((await store.get('b', 'local'))?.run.state).toBe('queued');
  });

  test('many workers at once get each run exactly once', async () => {
    const url = await postgres.createDatabase();
    await using first = await PostgresRunStore.open({url});
    await using second = await PostgresRunStore.open({url});
    const ids = Array.from({length: 60}, (_, index) => `run-${index}`);
    await first.accept(
      ids.map((id) => sampleRun(id)),
      null,
      WAITS,
    );
    const taken = await Promise.all(
      ids.map((_, index) => (index % 2 === 0 ? first : second).claim(`w${index}`, 'interactive', LEASE_MS)),
    );
    expect(taken.map((claimed) => claimed?.stored.run.id).sort()).toEqual([...ids].sort());
    expect(await first.claim('late', 'interactive', LEASE_MS)).toBeNull();
  });

  test('a turn of one lane goes to the other when nothing waits in its own', async () => {
    await using store = await openStore();
    const batch = sampleSpec({priority: 'batch'});
    await store.accept([sampleRun('slow', {spec: batch})], null, WAITS);
    await store.accept([sampleRun('quick')], null, WAITS);
    expect(await takeAll(store, 'batch')).toEqual(['slow', 'quick']);
  });

  test('a worker that stops renewing loses its run, and can store nothing any more', async () => {
    await using store = await openStore();
    await store.accept([sampleRun('a')], null, WAITS);
    await store.claim('dead', 'interactive', 1);
    const [lost] = await vi.waitUntil(async () => {
      const expired = await store.expired(10);
      return expired.length > 0 ? expired : null;
    }, WAIT);
    expect(lost).toMatchObject({runId: 'a', attempt: 1, faults: 0, isAttended: false, isCancelled: false});
    expect(await store.reclaim('a', 0)).toBe(true);
    expect(await store.renew('dead', LEASE_MS)).toEqual([]);
    const second = await store.claim('alive', 'interactive', LEASE_MS);
    expect(second).toMatchObject({attempt: 2, faults: 1});
    expect(await store.finish('a', 1, sampleResult({outcome: 'runtime-error'}), FINISHED)).toBe(false);
    expect(await store.finish('a', 2, sampleResult(), FINISHED)).toBe(true);
    expect((await store.get('a', 'local'))?.run.outcome).toBe('ok');
  });

  test('a lease that was renewed in time cannot be taken away', async () => {
    await using store = await openStore();
    await store.accept([sampleRun('a')], null, WAITS);
    await store.claim('w', 'interactive', 1);
    expect(await store.renew('w', LEASE_MS)).toEqual([{runId: 'a', attempt: 1, isCancelled: false}]);
    expect(await store.expired(10)).toEqual([]);
    expect(await store.reclaim('a', 0)).toBe(false);
  });

  test('a run that is given back waits for its time and is taken as the next attempt', async () => {
    await using store = await openStore();
    await store.accept([sampleRun('a')], null, WAITS);
    await store.claim('w', 'interactive', LEASE_MS);
    const held = {runId: 'a', attempt: 1};
    expect(await store.release('other', held, {delayMs: 0, isFault: true})).toBe(false);
    expect(await store.release('w', held, {delayMs: 60_000, isFault: true})).toBe(true);
    expect(await store.release('w', held, {delayMs: 0, isFault: true})).toBe(false);
    expect(await store.claim('w', 'interactive', LEASE_MS)).toBeNull();
    expect(await store.waiting()).toMatchObject({interactive: 0, batch: 0});
  });

  test('cancelling a waiting run ends it; cancelling a running one tells its worker; other owners get nowhere', async () => {
    await using store = await openStore();
    await store.accept([sampleRun('waits'), sampleRun('runs')].reverse(), null, WAITS);
    const claimed = await store.claim('w', 'interactive', LEASE_MS);
    expect(claimed?.stored.run.id).toBe('runs');
    const cancelled = sampleResult({outcome: 'cancelled', run: null});
    expect(await store.cancel('waits', 'eve', cancelled, FINISHED)).toBe('unknown');
    expect(await store.cancel('waits', 'local', cancelled, FINISHED)).toBe('finished');
    expect(await store.cancel('waits', 'local', cancelled, FINISHED)).toBe('unknown');
    expect((await store.get('waits', 'local'))?.run).toMatchObject({state: 'finished', outcome: 'cancelled'});
    expect(await store.cancel('runs', 'local', cancelled, FINISHED)).toBe('wanted');
    expect(await store.renew('w', LEASE_MS)).toEqual([{runId: 'runs', attempt: 1, isCancelled: true}]);
  });

  test('other processes hear of starts, ends and wanted cancellations, also after the database was killed', async () => {
    await using server = await PostgresService.start();
    const url = await server.createDatabase();
    await using speaker = await PostgresRunStore.open({url});
    await using listener = await PostgresRunStore.open({url});
    const news: ChangeNews[] = [];
    listener.onChange((change) => news.push(change));
    await speaker.accept([sampleRun('a')], null, {...WAITS, isLive: true});
    await speaker.claim('w', 'interactive', LEASE_MS);
    await speaker.cancel('a', 'local', sampleResult(), FINISHED);
    await speaker.finish('a', 1, sampleResult(), FINISHED);
    await vi.waitUntil(() => news.length === 3, WAIT);
    expect(news.map((change) => change.kind)).toEqual(['started', 'cancel-wanted', 'finished']);
    await server.kill();
    await expect(speaker.check()).rejects.toMatchObject({code: 'store-failed'});
    await server.restart();
    await vi.waitUntil(() => news.some((change) => change.kind === 'reconnected'), WAIT);
    await speaker.accept([sampleRun('b')], null, {...WAITS, isLive: true});
    await speaker.claim('w', 'interactive', LEASE_MS);
    await vi.waitUntil(() => news.some((change) => change.kind === 'started' && change.runId === 'b'), WAIT);
  });

  test('the start of a run that nobody can follow is no news, its end is', async () => {
    const url = await postgres.createDatabase();
    await using speaker = await PostgresRunStore.open({url});
    await using listener = await PostgresRunStore.open({url});
    const news: ChangeNews[] = [];
    listener.onChange((change) => news.push(change));
    await speaker.accept([sampleRun('a')], null, WAITS);
    await speaker.claim('w', 'interactive', LEASE_MS);
    await speaker.finish('a', 1, sampleResult(), FINISHED);
    await vi.waitUntil(() => news.length > 0, WAIT);
    expect(news).toEqual([{kind: 'finished', runId: 'a'}]);
  });

  test('leases are renewed also when that waits for somebody who waits for them', async () => {
    const url = await postgres.createDatabase();
    await using store = await PostgresRunStore.open({url});
    await store.accept([sampleRun('a'), sampleRun('b')], null, WAITS);
    await takeAll(store, 'interactive');
    const other = new pg.Client({connectionString: url});
    await other.connect();
    try {
      const lock = async (id: string) =>
        await other.query('select 1 from turns where run_id = $1 for update', [id]);
      await other.query('begin');
      await lock('b');
      const renewing = store.renew('w', LEASE_MS);
      await vi.waitUntil(async () => {
        const {rows} = await other.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return rows.length > 0;
      }, WAIT);
      // One of the two is undone by the database; which one is its choice.
      await lock('a').catch(() => undefined);
      await other.query('rollback');
      expect((await renewing).map(({runId}) => runId).sort()).toEqual(['a', 'b']);
    } finally {
      await other.end();
    }
  });

  test('a column that a later version adds does not break statements that were prepared before', async () => {
    const url = await postgres.createDatabase();
    await using store = await PostgresRunStore.open({url});
    await store.accept([sampleRun('a'), sampleRun('b')], null, WAITS);
    expect((await store.get('a', 'local'))?.run.state).toBe('queued');
    const administrator = new pg.Client({connectionString: url});
    await administrator.connect();
    await administrator.query('alter table runs add column added_later integer');
    await administrator.end();
    expect((await store.get('a', 'local'))?.run.state).toBe('queued');
    expect((await store.claim('w', 'interactive', LEASE_MS))?.stored.run.id).toBe('a');
    expect(await store.finish('a', 1, sampleResult(), FINISHED)).toBe(true);
  });

  test('a read answers behind the writes before it, and waits for none that come later', async () => {
    await using store = await openStore();
    const written: Promise<unknown>[] = [];
    let underWay = 0;
    // A batch takes longer to commit than the next one is away, so that while one is under way another waits.
    const accept = () => {
      if (underWay === 2) return;
      underWay++;
      const ids = Array.from({length: 50}, (_, index) => `w${written.length}-${index}`);
      const accepting = store.accept(
        ids.map((id) => sampleRun(id)),
        null,
        WAITS,
      );
      written.push(accepting.finally(() => underWay--));
    };
    const writing = setInterval(accept, 1);
    try {
      await vi.waitUntil(() => written.length > 10, WAIT);
      await store.accept([sampleRun('mine')], null, WAITS);
      expect((await store.get('mine', 'local'))?.run.id).toBe('mine');
    } finally {
      clearInterval(writing);
      await Promise.all(written);
    }
  });

  test.skipIf(process.env.SANDGLASS_TEST_FULL !== '1')(
    'a listener that the network cuts off without a word notices, and is told that it missed something',
    async () => {
      const url = await postgres.createDatabase();
      await using link = await BreakableLink.to(url);
      await using store = await PostgresRunStore.open({url: link.through(url)});
      const news: ChangeNews[] = [];
      store.onChange((each) => news.push(each));
      link.cut();
      await delay(1_000);
      link.heal();
      await vi.waitUntil(() => news.some(({kind}) => kind === 'reconnected'), {timeout: 60_000});
      expect(await store.countUnfinished()).toBe(0);
    },
    120_000,
  );

  test('positions count the runs ahead, interactive before batch', async () => {
    await using store = await openStore();
    await store.accept([sampleRun('slow', {spec: sampleSpec({priority: 'batch'})})], null, WAITS);
    for (const id of ['a', 'b', 'c']) await store.accept([sampleRun(id)], null, WAITS);
    const positions = await Promise.all(['a', 'b', 'c', 'slow'].map((id) => store.position(id, 1_000)));
    expect(positions).toEqual([0, 1, 2, 3]);
    expect(await store.position('c', 1)).toBe(1);
    expect(await store.position('unknown', 10)).toBeNull();
    expect(await store.waiting()).toMatchObject({interactive: 3, batch: 1});
  });

  test('a run that a worker accepts for itself waits nowhere and is found with its worker', async () => {
    await using store = await openStore();
    const worker = {id: 'w', url: 'http://w', slots: 4, running: 0, isDraining: false, abilities: '{}'};
    await store.report(worker);
    await store.report({...worker, running: 1});
    const holder = {worker: 'w', leaseMs: LEASE_MS, isAttended: true};
    await store.accept([sampleRun('a')], null, {weight: 1, isLive: true, holder});
    expect(await store.claim('other', 'interactive', LEASE_MS)).toBeNull();
    expect(await store.holder('a')).toEqual({worker: 'w', url: 'http://w'});
    expect(await store.renew('w', LEASE_MS)).toEqual([{runId: 'a', attempt: 1, isCancelled: false}]);
    expect(await store.workers(60_000)).toEqual([{...worker, running: 1}]);
    await store.forget('w');
    expect(await store.workers(60_000)).toEqual([]);
  });

  test('of several processes one leads, and another one follows when it goes', async () => {
    const url = await postgres.createDatabase();
    const first = await PostgresRunStore.open({url});
    await using second = await PostgresRunStore.open({url});
    expect(await first.lead()).toBe(true);
    expect(await second.lead()).toBe(false);
    expect(await first.lead()).toBe(true);
    await first[Symbol.asyncDispose]();
    await vi.waitUntil(async () => await second.lead(), WAIT);
  });

  test('a database of a newer version is refused and left as it is', async () => {
    const url = await postgres.createDatabase();
    await (await PostgresRunStore.open({url}))[Symbol.asyncDispose]();
    const {default: pg} = await import('pg');
    const client = new pg.Client({connectionString: url});
    await client.connect();
    await client.query(`insert into kysely_migration (name, timestamp) values ('9999-future', now())`);
    await client.end();
    await expect(PostgresRunStore.open({url})).rejects.toMatchObject({code: 'schema-too-new'});
  });

  test('an unreachable database is told with its place, without the password', async () => {
    const url = 'postgresql://ada:hush@127.0.0.1:9/runs';
    const error = await PostgresRunStore.open({url}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({code: 'store-failed'});
    expect(String(error)).toContain('127.0.0.1:9/runs');
    expect(String(error)).not.toContain('hush');
  });
});

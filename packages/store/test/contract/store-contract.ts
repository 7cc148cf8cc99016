import type {RunResult} from '@sandglass/protocol';
import type {IdempotencyClaim, NewRun, RunStore} from '@sandglass/store';
import {describe, expect, test} from 'vitest';
import {sampleResult, sampleRun, sampleSpec, sampleStep} from './sample-runs.ts';

/** An empty database that can be opened several times in a row; disposing it removes it. */
export interface StoreHome extends AsyncDisposable {
  /** The test disposes the store before it opens the next one. */
  open(): Promise<RunStore>;
}

/** What every adapter of the store port must do. Call it in a test file with a way to make an empty database. */
export function describeStoreContract(name: string, makeHome: () => Promise<StoreHome>): void {
  describe(`store contract: ${name}`, () => {
    describeLife(makeHome);
    describeFencing(makeHome);
    describeIdempotency(makeHome);
    describeLists(makeHome);
    describeRecovery(makeHome);
    describeCallbacks(makeHome);
    describeToldStatuses(makeHome);
    describeRetention(makeHome);
  });
}

const NOON = '2026-01-31T12:00:00.000Z';
const STARTED = '2026-01-31T12:00:00.250Z';
const FINISHED = '2026-01-31T12:00:01.000Z';

type MakeHome = () => Promise<StoreHome>;

function describeToldStatuses(makeHome: MakeHome): void {
  test('what was told last of a run is known after a restart, until the run is gone', async () => {
    await using home = await makeHome();
    {
      await using store = await home.open();
      await store.accept([sampleRun('a'), sampleRun('b')], null);
      expect(await store.lastTold('a')).toBeNull();
      await store.recordTold('a', 'received');
      await store.recordTold('a', 'running');
      await store.recordTold('unknown', 'received');
    }
    await using store = await home.open();
    expect(await store.lastTold('a')).toBe('running');
    expect(await store.lastTold('b')).toBeNull();
    expect(await store.lastTold('unknown')).toBeNull();
    await store.start('a', 1, STARTED);
    await store.finish('a', 1, sampleResult(), FINISHED);
    await store.deleteFinishedBefore('2027-01-01T00:00:00.000Z');
    expect(await store.lastTold('a')).toBeNull();
  });
}

function describeLife(makeHome: MakeHome): void {
  test('an accepted run is queued, with nothing enforced and nothing measured yet', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const metadata = {task: 'seven', nested: {deep: [1, null, 'x']}};
    await store.accept([sampleRun('a', {spec: sampleSpec({metadata})})], null);
    const stored = await store.get('a', 'local');
    expect(stored?.run).toEqual({
      id: 'a',
      state: 'queued',
      outcome: null,
      language: {id: 'python', version: '3.11'},
      isolation: {driver: 'linux', enforced: [], weaker: []},
      compile: null,
      run: null,
      tests: [],
      explanation: null,
      diagnostics: [],
      artifacts: [],
      cached: {compile: false, result: false},
      metadata,
      createdAt: NOON,
      startedAt: null,
      finishedAt: null,
      queuedMs: null,
      attempts: 0,
    });
  });

  test('a run goes from queued to running to finished and keeps its times', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    expect(await store.start('a', 1, STARTED)).toBe(true);
    expect((await store.get('a', 'local'))?.run).toMatchObject({
      state: 'running',
      attempts: 1,
      queuedMs: 250,
    });
    expect(await store.finish('a', 1, sampleResult(), FINISHED)).toBe(true);
    expect((await store.get('a', 'local'))?.run).toMatchObject({
      ...sampleResult(),
      state: 'finished',
      startedAt: STARTED,
      finishedAt: FINISHED,
      attempts: 1,
    });
  });

  test('a run recorded together with its end is as if it had been accepted, started and finished', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    await store.start('a', 1, STARTED);
    await store.finish('a', 1, sampleResult(), FINISHED);
    const end = {attempt: 1, startedAt: STARTED, result: sampleResult(), finishedAt: FINISHED};
    await store.record(sampleRun('b'), end);
    const [a, b] = [await store.get('a', 'local'), await store.get('b', 'local')];
    expect(b).toEqual({...a, run: {...a?.run, id: 'b'}});
    expect(await store.finish('b', 2, sampleResult(), FINISHED)).toBe(false);
    await expect(store.record(sampleRun('b'), end)).rejects.toMatchObject({code: 'store-failed'});
  });

  test('a run recorded together with its end owes its callback, and one that never began has no start', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const callback = {url: 'https://example.org/', secret: null};
    const end = {
      attempt: 0,
      startedAt: null,
      result: sampleResult({outcome: 'cancelled'}),
      finishedAt: FINISHED,
    };
    await store.record(sampleRun('a', {spec: sampleSpec({callback})}), end);
    expect((await store.get('a', 'local'))?.run).toMatchObject({
      startedAt: null,
      attempts: 0,
      outcome: 'cancelled',
    });
    expect(await store.dueCallbacks(FINISHED, 10)).toMatchObject([{runId: 'a', tries: 0}]);
  });

  test('a spec comes back byte for byte', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const allBytes = Uint8Array.from({length: 256}, (_, value) => value);
    const spec = sampleSpec({
      code: null,
      files: [
        {path: 'main.py', content: allBytes},
        {path: 'empty', content: new Uint8Array()},
        {path: 'dir/ünï.bin', content: new Uint8Array(1_000_000).fill(7)},
      ],
      stdin: new Uint8Array(200_000).fill(255),
      env: {GREETING: 'grüß\u0000'},
      args: ['--flag', '', '𝕊'],
      network: {allow: ['example.org:443']},
      isolation: 'microvm',
      callback: {url: 'https://example.org/done', secret: 'hush'},
      metadata: {'{"part":0}': {part: 0}},
    });
    await store.accept([sampleRun('a', {spec})], null);
    expect((await store.get('a', 'local'))?.spec).toEqual(spec);
    expect((await store.unfinished())[0]?.spec).toEqual(spec);
  });

  test('a result comes back as it was, megabytes of output and odd characters included', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const result = sampleResult({
      outcome: 'runtime-error',
      compile: sampleStep({stderr: 'warning: \ud83d\ude00\n'.repeat(1_000)}),
      run: sampleStep({
        exitCode: null,
        signal: 'SIGSEGV',
        stdout: `\ufeff${'line\u0000\r\n'.repeat(1_500_000)}`,
        stdoutBase64: 'AAECAwQ='.repeat(200),
        stderr: `${'x'.repeat(600)}\ud800`,
      }),
      explanation: {code: 'signal', message: 'It crashed.', limit: 'memoryBytes', allowed: 1, peak: 2},
      diagnostics: [{file: 'main.c', line: 1, column: 2, severity: 'error', message: 'no'}],
      artifacts: [{path: 'plot.png', contentBase64: 'QUJD'.repeat(100_000), truncated: true}],
      cached: {compile: true, result: false},
    });
    await store.accept([sampleRun('a')], null);
    await store.finish('a', 1, result, FINISHED);
    expect((await store.get('a', 'local'))?.run).toMatchObject(result);
  });

  test("another owner's run is not found", async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a', {owner: 'ada', batchId: 'batch'})], null);
    expect(await store.get('a', 'eve')).toBeNull();
    expect(await store.batch('batch', 'eve')).toBeNull();
    expect((await store.list('eve', {filter: {}, cursor: null, limit: 10})).runs).toEqual([]);
    expect(await store.get('unknown', 'ada')).toBeNull();
  });

  test('what was confirmed is there after closing and opening again', async () => {
    await using home = await makeHome();
    {
      await using store = await home.open();
      await store.accept([sampleRun('a'), sampleRun('b')], null);
      await store.finish('b', 1, sampleResult(), FINISHED);
    }
    await using store = await home.open();
    expect((await store.get('a', 'local'))?.run.state).toBe('queued');
    expect((await store.get('b', 'local'))?.run.state).toBe('finished');
  });

  test('closing writes what was called before it, and refuses what comes after', async () => {
    await using home = await makeHome();
    const store = await home.open();
    const accepting = Array.from({length: 50}, (_, index) => store.accept([sampleRun(`run-${index}`)], null));
    await store[Symbol.asyncDispose]();
    expect(await Promise.all(accepting)).toHaveLength(50);
    await expect(store.check()).rejects.toMatchObject({code: 'store-failed'});
    await store[Symbol.asyncDispose]();
    await using again = await home.open();
    expect(await again.countUnfinished()).toBe(50);
  });

  test('a failing write among many at once fails alone', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('taken')], null);
    const outcomes = await Promise.allSettled(
      ['a', 'taken', 'b'].map((id) => store.accept([sampleRun(id)], null)),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({reason: {code: 'store-failed'}});
    expect(await store.countUnfinished()).toBe(3);
  });

  test('of runs accepted together either all are stored or none', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('taken')], null);
    await expect(store.accept([sampleRun('a'), sampleRun('taken')], null)).rejects.toMatchObject({
      code: 'store-failed',
    });
    expect(await store.get('a', 'local')).toBeNull();
  });

  test('a read sees every write that was issued before it', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const writing = [
      store.accept([sampleRun('a')], null),
      store.start('a', 1, STARTED),
      store.finish('a', 1, sampleResult(), FINISHED),
    ];
    expect((await store.get('a', 'local'))?.run.state).toBe('finished');
    await Promise.all(writing);
  });

  test('the readiness check passes again and again', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.check();
    await store.check();
  });
}

function describeFencing(makeHome: MakeHome): void {
  test('of two finishes only the first is stored', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    const both = await Promise.all([
      store.finish('a', 1, sampleResult({outcome: 'ok'}), FINISHED),
      store.finish('a', 1, sampleResult({outcome: 'cancelled'}), FINISHED),
    ]);
    expect(both).toEqual([true, false]);
    expect((await store.get('a', 'local'))?.run.outcome).toBe('ok');
  });

  test('an attempt is begun once, and never after a later one', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    expect(await store.start('a', 2, STARTED)).toBe(true);
    expect(await store.start('a', 2, STARTED)).toBe(false);
    expect(await store.start('a', 1, STARTED)).toBe(false);
  });

  test('the result of an attempt that a later one has replaced is dropped', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    await store.start('a', 1, STARTED);
    await store.start('a', 2, FINISHED);
    expect(await store.finish('a', 1, sampleResult({outcome: 'internal-error'}), FINISHED)).toBe(false);
    expect(await store.finish('a', 2, sampleResult(), FINISHED)).toBe(true);
    expect((await store.get('a', 'local'))?.run).toMatchObject({
      outcome: 'ok',
      attempts: 2,
      startedAt: STARTED,
    });
  });

  test('a finished run cannot be started again', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], null);
    await store.finish('a', 0, sampleResult({outcome: 'cancelled', run: null}), FINISHED);
    expect(await store.start('a', 1, STARTED)).toBe(false);
    expect((await store.get('a', 'local'))?.run).toMatchObject({
      state: 'finished',
      attempts: 0,
      startedAt: null,
      queuedMs: null,
    });
  });

  test('a run that does not exist is neither started nor finished', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    expect(await store.start('unknown', 1, STARTED)).toBe(false);
    expect(await store.finish('unknown', 1, sampleResult(), FINISHED)).toBe(false);
  });
}

function describeIdempotency(makeHome: MakeHome): void {
  const claim: IdempotencyClaim = {
    owner: 'local',
    key: 'key',
    requestHash: 'hash',
    expiresAt: '2026-02-01T12:00:00.000Z',
  };

  test('the same key and body give the same runs and store nothing new', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    expect(await store.accept([sampleRun('a'), sampleRun('b')], claim)).toEqual({kind: 'accepted'});
    expect(await store.accept([sampleRun('c'), sampleRun('d')], claim)).toEqual({
      kind: 'repeated',
      runIds: ['a', 'b'],
    });
    expect(await store.get('c', 'local')).toBeNull();
  });

  test('the same key with another body is a conflict', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], claim);
    expect(await store.accept([sampleRun('b')], {...claim, requestHash: 'other'})).toEqual({
      kind: 'conflict',
    });
    expect(await store.get('b', 'local')).toBeNull();
  });

  test('of many requests with one key at once exactly one is accepted', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const answers = await Promise.all(
      Array.from({length: 20}, (_, index) => store.accept([sampleRun(`run-${index}`)], claim)),
    );
    expect(answers.filter((answer) => answer.kind === 'accepted')).toHaveLength(1);
    expect(await store.countUnfinished()).toBe(1);
  });

  test("another owner's key is another key", async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], claim);
    expect(await store.accept([sampleRun('b', {owner: 'ada'})], {...claim, owner: 'ada'})).toEqual({
      kind: 'accepted',
    });
  });

  test('an expired key is free again, for the next 24 hours too', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], claim);
    const nextDay = sampleRun('b', {createdAt: claim.expiresAt});
    const later = {...claim, requestHash: 'other', expiresAt: '2026-02-02T12:00:00.000Z'};
    expect(await store.accept([nextDay], later)).toEqual({kind: 'accepted'});
    expect(await store.accept([sampleRun('c', {createdAt: claim.expiresAt})], later)).toEqual({
      kind: 'repeated',
      runIds: ['b'],
    });
  });

  test('a key whose run was deleted is free again', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([sampleRun('a')], claim);
    await store.finish('a', 1, sampleResult(), FINISHED);
    expect(await store.deleteFinishedBefore('2026-01-31T13:00:00.000Z')).toBe(1);
    expect(await store.accept([sampleRun('b')], claim)).toEqual({kind: 'accepted'});
  });
}

function describeLists(makeHome: MakeHome): void {
  test('lists are newest first, and following the cursor shows each run once', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    // Five runs a millisecond, so that pages end between runs of the same time.
    const runs = Array.from({length: 23}, (_, index) =>
      sampleRun(`run-${String(index).padStart(2, '0')}`, {createdAt: at(Math.floor(index / 5))}),
    );
    await store.accept(runs, null);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<RunStore['list']>> = await store.list('local', {
        filter: {},
        cursor,
        limit: 4,
      });
      seen.push(...page.runs.map((run) => run.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(runs.map((run) => run.id).reverse());
  });

  test('a run that arrives between two pages neither repeats nor hides another', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept(
      ['a', 'b', 'c'].map((id, index) => sampleRun(id, {createdAt: at(index)})),
      null,
    );
    const first = await store.list('local', {filter: {}, cursor: null, limit: 2});
    await store.accept([sampleRun('d', {createdAt: at(9)})], null);
    const second = await store.list('local', {filter: {}, cursor: first.nextCursor, limit: 2});
    expect([...first.runs, ...second.runs].map((run) => run.id)).toEqual(['c', 'b', 'a']);
  });

  test('a list is filtered by state, outcome and language together', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const c = {id: 'c', version: '12'};
    await store.accept(
      [sampleRun('a'), sampleRun('b'), sampleRun('c', {language: c}), sampleRun('d', {language: c})],
      null,
    );
    await store.start('b', 1, STARTED);
    await store.finish('c', 1, sampleResult({language: c}), FINISHED);
    await store.finish('d', 1, sampleResult({language: c, outcome: 'time-limit'}), FINISHED);
    const ids = async (filter: Parameters<RunStore['list']>[1]['filter']): Promise<string[]> =>
      (await store.list('local', {filter, cursor: null, limit: 10})).runs.map((run) => run.id);
    expect(await ids({state: 'queued'})).toEqual(['a']);
    expect(await ids({state: 'running'})).toEqual(['b']);
    expect(await ids({state: 'finished', language: 'c'})).toEqual(['d', 'c']);
    expect(await ids({language: 'c', outcome: 'time-limit'})).toEqual(['d']);
    expect(await ids({state: 'queued', outcome: 'ok'})).toEqual([]);
  });

  test('following the cursor finds the one run that matches a filter among thousands', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const rare = {id: 'lua', version: '5.4'};
    await store.accept([sampleRun('needle', {language: rare, createdAt: at(0)})], null);
    for (let thousand = 0; thousand < 11; thousand++) {
      const hay = Array.from({length: 1_000}, (_, index) =>
        sampleRun(`hay-${thousand}-${index}`, {createdAt: at(1 + thousand)}),
      );
      await store.accept(hay, null);
    }
    const page = {filter: {language: 'lua'}, limit: 10};
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const {runs, nextCursor}: Awaited<ReturnType<RunStore['list']>> = await store.list('local', {
        ...page,
        cursor,
      });
      found.push(...runs.map((run) => run.id));
      cursor = nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(['needle']);
  });

  test.each(['', 'x', 'eA', 'bm90OmE', '!!!', 'MTIzOmE=', '____'])(
    'the cursor "%s" is refused as not ours',
    async (cursor) => {
      await using home = await makeHome();
      await using store = await home.open();
      await expect(store.list('local', {filter: {}, cursor, limit: 1})).rejects.toMatchObject({
        code: 'invalid-request',
      });
    },
  );

  test('a page of large results ends early, and the next one goes on', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const large: RunResult = sampleResult({run: sampleStep({stdout: 'x'.repeat(9_000_000)})});
    const ids = ['a', 'b', 'c'];
    await store.accept(
      ids.map((id, index) => sampleRun(id, {createdAt: at(index)})),
      null,
    );
    for (const id of ids) await store.finish(id, 1, large, FINISHED);
    const first = await store.list('local', {filter: {}, cursor: null, limit: 10});
    expect(first.runs.map((run) => run.id)).toEqual(['c']);
    const second = await store.list('local', {filter: {}, cursor: first.nextCursor, limit: 10});
    expect(second.runs.map((run) => run.id)).toEqual(['b']);
  });

  test('a batch keeps the order of its request', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const runs = ['z', 'a', 'm'].map((id) => sampleRun(id, {batchId: 'batch'}));
    await store.accept(runs, null);
    await store.finish('a', 1, sampleResult(), FINISHED);
    const batch = await store.batch('batch', 'local');
    expect(batch?.map((run) => [run.id, run.state])).toEqual([
      ['z', 'queued'],
      ['a', 'finished'],
      ['m', 'queued'],
    ]);
    expect(await store.batch('unknown', 'local')).toBeNull();
  });
}

function describeRecovery(makeHome: MakeHome): void {
  test('unfinished runs come back oldest first, batches in request order, with their attempts', async () => {
    await using home = await makeHome();
    {
      await using store = await home.open();
      await store.accept([sampleRun('late', {createdAt: at(5)})], null);
      const batch = ['z', 'a', 'm'].map((id) => sampleRun(id, {createdAt: at(3), batchId: 'batch'}));
      await store.accept(batch, null);
      await store.accept(
        [sampleRun('early', {createdAt: at(1)}), sampleRun('done', {createdAt: at(0)})],
        null,
      );
      await store.start('a', 1, STARTED);
      await store.finish('done', 1, sampleResult(), FINISHED);
    }
    await using store = await home.open();
    const unfinished = await store.unfinished();
    expect(unfinished.map(({run}) => run.id)).toEqual(['early', 'z', 'a', 'm', 'late']);
    expect(unfinished[2]?.run).toMatchObject({state: 'running', attempts: 1});
    expect(unfinished.map(({owner}) => owner)).toEqual(Array(5).fill('local'));
    expect(await store.countUnfinished()).toBe(5);
  });
}

function describeCallbacks(makeHome: MakeHome): void {
  const withCallback = (id: string): NewRun =>
    sampleRun(id, {spec: sampleSpec({callback: {url: 'https://example.org/', secret: null}})});

  test('a callback is due when its run is finished, not before', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([withCallback('a'), sampleRun('b')], null);
    expect(await store.dueCallbacks(FINISHED, 10)).toEqual([]);
    await store.finish('a', 1, sampleResult(), FINISHED);
    await store.finish('b', 1, sampleResult(), FINISHED);
    expect(await store.dueCallbacks(FINISHED, 10)).toEqual([
      {runId: 'a', owner: 'local', tries: 0, dueAt: FINISHED},
    ]);
  });

  test('a failed delivery is due again at its time, a finished one never', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept([withCallback('a')], null);
    await store.finish('a', 1, sampleResult(), FINISHED);
    await store.recordCallback('a', 1, at(60_000));
    expect(await store.dueCallbacks(at(59_999), 10)).toEqual([]);
    expect(await store.dueCallbacks(at(60_000), 10)).toMatchObject([{runId: 'a', tries: 1}]);
    await store.recordCallback('a', 2, null);
    expect(await store.dueCallbacks(at(999_999), 10)).toEqual([]);
  });

  test('due callbacks come longest due first and bounded', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    await store.accept(['a', 'b', 'c'].map(withCallback), null);
    for (const [index, id] of ['c', 'a', 'b'].entries())
      await store.finish(id, 1, sampleResult(), at(1_000 + index));
    const due = await store.dueCallbacks(at(5_000), 2);
    expect(due.map((callback) => callback.runId)).toEqual(['c', 'a']);
  });
}

function describeRetention(makeHome: MakeHome): void {
  test('retention deletes old finished runs with all that belongs to them, and nothing else', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const old = Array.from({length: 120}, (_, index) =>
      sampleRun(`old-${index}`, {
        spec: sampleSpec({callback: {url: 'https://example.org/', secret: null}}),
        batchId: 'batch',
      }),
    );
    await store.accept(old, null);
    await store.accept([sampleRun('fresh'), sampleRun('waiting')], null);
    await Promise.all(old.map((run) => store.finish(run.id, 1, sampleResult(), at(1_000))));
    await store.finish('fresh', 1, sampleResult(), at(2_000));
    expect(await store.deleteFinishedBefore(at(2_000))).toBe(120);
    expect(await store.deleteFinishedBefore(at(2_000))).toBe(0);
    expect(await store.get('old-0', 'local')).toBeNull();
    expect(await store.batch('batch', 'local')).toBeNull();
    expect(await store.dueCallbacks(at(9_000), 10)).toEqual([]);
    expect((await store.get('fresh', 'local'))?.run.outcome).toBe('ok');
    expect(await store.countUnfinished()).toBe(1);
  });
}

/** A time, in milliseconds after noon. */
function at(milliseconds: number): string {
  return new Date(Date.parse(NOON) + milliseconds).toISOString();
}

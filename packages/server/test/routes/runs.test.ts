import {setTimeout as delay} from 'node:timers/promises';
import {type Run, SandglassError} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

describe('submitting', () => {
  it('answers 200 with the finished run when waited for', async () => {
    await using server = await TestServer.start();
    const response = await server.post('/v1/runs?wait=true', {
      language: 'sc',
      code: 'hello',
      metadata: {a: 1},
    });
    const run = (await response.json()) as Run;
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBe(`/v1/runs/${run.id}`);
    expect(run).toMatchObject({
      state: 'finished',
      outcome: 'ok',
      run: {stdout: 'hello'},
      metadata: {a: 1},
      attempts: 1,
    });
  });

  it('answers what the store says later, field for field', async () => {
    await using server = await TestServer.start();
    const run = await server.submit('hello', '?wait=true');
    const stored = await (await server.fetch(`/v1/runs/${run.id}`)).json();
    expect(stored).toEqual(run);
  });

  it('answers 201 with the state at that time when the wait is over first', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(2000)},
      flags: {'shutdown-grace-ms': '0'},
    });
    const response = await server.post('/v1/runs?wait=50', {language: 'script', code: 'slow'});
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({state: 'running', outcome: null});
  });

  it('answers 201 at once without wait, and the run goes on', async () => {
    await using server = await TestServer.start({scripts: {slow: sleep(100)}});
    const run = await server.submit('slow');
    expect(run.state).not.toBe('finished');
    const finished = await (await server.fetch(`/v1/runs/${run.id}?wait=5000`)).json();
    expect(finished).toMatchObject({id: run.id, state: 'finished', outcome: 'ok'});
  });

  it('goes on when the waiting client has gone', async () => {
    await using server = await TestServer.start({scripts: {slow: sleep(200)}});
    const gone = server.fetch('/v1/runs?wait=true', {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({language: 'script', code: 'slow'}),
      signal: AbortSignal.timeout(100),
    });
    await expect(gone).rejects.toThrow();
    await expect
      .poll(
        async () => ((await (await server.fetch('/v1/runs?outcome=ok')).json()) as {runs: Run[]}).runs.length,
      )
      .toBe(1);
  });

  it.each([['abc'], ['-1'], ['60001'], ['1.5'], ['']])('refuses wait=%s with 400', async (wait) => {
    await using server = await TestServer.start();
    const response = await server.post(`/v1/runs?wait=${wait}`, {language: 'script', code: 'x'});
    expect(response.status).toBe(400);
    expect(server.engine.executed).toEqual([]);
  });
});

describe('row 43: faults of our own', () => {
  const fault = new SandglassError('sandbox-lost', 'The sandbox ended.');

  it('are tried again until an attempt succeeds', async () => {
    const flaky = async (_: unknown, attempt: number) => {
      if (attempt < 3) throw fault;
      return {stdout: 'at last'};
    };
    await using server = await TestServer.start({scripts: {flaky}});
    const run = await server.submit('flaky', '?wait=true');
    expect(run).toMatchObject({outcome: 'ok', attempts: 3, run: {stdout: 'at last'}});
  });

  it('end the run as internal-error after three attempts, saying what failed', async () => {
    await using server = await TestServer.start({
      scripts: {
        broken: async () => {
          throw fault;
        },
      },
    });
    const run = await server.submit('broken', '?wait=true');
    expect(run).toMatchObject({outcome: 'internal-error', attempts: 3, run: null});
    expect(run.explanation?.message).toContain('The sandbox ended.');
    expect(server.engine.executed).toHaveLength(3);
  });

  it('never include how a program ends: a failing program runs once', async () => {
    await using server = await TestServer.start({scripts: {fails: async () => ({exitCode: 7})}});
    expect(await server.submit('fails', '?wait=true')).toMatchObject({run: {exitCode: 7}, attempts: 1});
    expect(server.engine.executed).toHaveLength(1);
  });
});

describe('cancelling', () => {
  it('ends a running run and is idempotent', async () => {
    await using server = await TestServer.start({scripts: {slow: sleep(60_000)}});
    const {id} = await server.submit('slow', '?wait=30');
    for (const _ of ['first', 'second']) {
      const response = await server.fetch(`/v1/runs/${id}`, {method: 'DELETE'});
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({id, state: 'finished', outcome: 'cancelled'});
    }
  });

  it('takes a waiting run out before it is started', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(60_000)},
      flags: {concurrency: '1', 'shutdown-grace-ms': '0'},
    });
    await server.submit('slow');
    const {id} = await server.submit('waiting');
    const cancelled = await (await server.fetch(`/v1/runs/${id}`, {method: 'DELETE'})).json();
    expect(cancelled).toMatchObject({outcome: 'cancelled', startedAt: null, attempts: 0, run: null});
    expect(server.engine.executed).toEqual(['slow']);
  });

  it('leaves a finished run as it is', async () => {
    await using server = await TestServer.start();
    const run = await server.submit('hello', '?wait=true');
    expect(await (await server.fetch(`/v1/runs/${run.id}`, {method: 'DELETE'})).json()).toEqual(run);
  });
});

describe('row 39: ids', () => {
  const UNKNOWN = '01900000-0000-7000-8000-000000000000';

  it.each(['GET', 'DELETE'])('%s of an unknown one is 404, of a malformed one 400', async (method) => {
    await using server = await TestServer.start();
    expect((await server.fetch(`/v1/runs/${UNKNOWN}`, {method})).status).toBe(404);
    expect((await server.fetch('/v1/runs/nonsense', {method})).status).toBe(400);
    expect((await server.fetch(`/v1/runs/${'x'.repeat(500)}`, {method})).status).toBeGreaterThanOrEqual(400);
  });
});

describe('idempotency keys', () => {
  it('give the same run for the same body, and 409 for another', async () => {
    await using server = await TestServer.start();
    const headers = {'idempotency-key': 'k1'};
    const first = (await (
      await server.post('/v1/runs', {language: 'script', code: 'a'}, headers)
    ).json()) as Run;
    const again = await server.post('/v1/runs?wait=true', {code: 'a', language: 'script'}, headers);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({id: first.id, state: 'finished'});
    const other = await server.post('/v1/runs', {language: 'script', code: 'b'}, headers);
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({code: 'idempotency-conflict'});
    expect(server.engine.executed).toEqual(['a']);
  });

  it('give one run to many at once', async () => {
    await using server = await TestServer.start();
    const answers = await Promise.all(
      Array.from({length: 20}, () =>
        server.post('/v1/runs?wait=true', {language: 'script', code: 'a'}, {'idempotency-key': 'k'}),
      ),
    );
    const ids = new Set(await Promise.all(answers.map(async (answer) => ((await answer.json()) as Run).id)));
    expect(ids.size).toBe(1);
    expect(server.engine.executed).toEqual(['a']);
  });
});

describe('listing', () => {
  it('gives newest first, page by page, filtered', async () => {
    await using server = await TestServer.start();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      ids.push((await server.submit(name, '?wait=true')).id);
      await delay(2);
    }
    const first = (await (await server.fetch('/v1/runs?limit=2&state=finished')).json()) as {
      runs: Run[];
      nextCursor: string;
    };
    expect(first.runs.map(({id}) => id)).toEqual([ids[2], ids[1]]);
    const second = (await (
      await server.fetch(`/v1/runs?limit=2&cursor=${first.nextCursor}`)
    ).json()) as typeof first;
    expect(second.runs.map(({id}) => id)).toEqual([ids[0]]);
    expect(second.nextCursor).toBeNull();
    expect(await (await server.fetch('/v1/runs?language=nothing')).json()).toEqual({
      runs: [],
      nextCursor: null,
    });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'state=asleep', 'cursor=forged', 'colour=red'])(
    'refuses ?%s',
    async (query) => {
      await using server = await TestServer.start();
      expect((await server.fetch(`/v1/runs?${query}`)).status).toBe(400);
    },
  );
});

describe('a waiting run', () => {
  it('tells its place and when it is likely to start; one that runs or has ended has neither', async () => {
    await using server = await TestServer.start({
      scripts: {long: sleep(60_000)},
      flags: {concurrency: '1', 'shutdown-grace-ms': '0'},
    });
    const get = async ({id}: Run) => (await (await server.fetch(`/v1/runs/${id}`)).json()) as Run;
    await server.submit('first', '?wait=true');
    const running = await server.submit('long');
    await expect.poll(async () => (await get(running)).state).toBe('running');
    const [second, third] = [await server.submit('second'), await server.submit('third')];
    expect(await get(running)).not.toHaveProperty('queue');
    expect((await get(second)).queue).toMatchObject({position: 0});
    const {queue} = await get(third);
    expect(queue?.position).toBe(1);
    expect(Date.parse(queue?.estimatedStartAt ?? '')).toBeGreaterThan(Date.parse(third.createdAt));
    await server.fetch(`/v1/runs/${second.id}`, {method: 'DELETE'});
    expect((await get(third)).queue).toMatchObject({position: 0});
    await server.fetch(`/v1/runs/${running.id}`, {method: 'DELETE'});
    const ended = (await (await server.fetch(`/v1/runs/${third.id}?wait=true`)).json()) as Run;
    expect(ended.outcome).toBe('ok');
    expect(ended).not.toHaveProperty('queue');
  });
});

describe('row 34: a full queue', () => {
  it('refuses with 503 and Retry-After, and loses nothing that was accepted', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(300)},
      flags: {concurrency: '1', 'queue-limit': '2', 'shutdown-grace-ms': '0'},
    });
    await server.submit('slow', '?wait=20');
    const kept = [await server.submit('a'), await server.submit('b')];
    const refused = await server.post('/v1/runs', {language: 'script', code: 'c'});
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({code: 'server-full'});
    for (const {id} of kept)
      expect(await (await server.fetch(`/v1/runs/${id}?wait=5000`)).json()).toMatchObject({outcome: 'ok'});
  });
});

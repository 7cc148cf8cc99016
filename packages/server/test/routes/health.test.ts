import {describe, expect, it} from 'vitest';
import {sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

describe('row 52: health', () => {
  it('is alive, and ready with the counts of pool and queue', async () => {
    await using server = await TestServer.start();
    expect((await server.fetch('/healthz')).status).toBe(200);
    const ready = await server.fetch('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ready',
      store: 'writable',
      queue: {interactive: 0, batch: 0},
      pool: {ready: 1, target: 1},
      languages: {available: 1},
    });
  });

  it('is not ready while the queue is full, and says so', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(10_000)},
      flags: {concurrency: '1', 'queue-limit': '1', 'shutdown-grace-ms': '0'},
    });
    await server.submit('slow', '?wait=20');
    await server.submit('waits');
    const ready = await server.fetch('/readyz');
    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).not.toBeNull();
    expect(await ready.json()).toMatchObject({code: 'not-ready', errors: [{path: '/queue'}]});
  });

  it('is alive but not ready while it stops, refuses new runs, and lets running ones end', async () => {
    await using server = await TestServer.start({scripts: {slow: sleep(500)}});
    const waiting = server.submit('slow', '?wait=true');
    await expect.poll(() => server.engine.executed.length).toBe(1);
    const stopped = server.server.stop(new AbortController().signal);
    expect((await server.fetch('/healthz')).status).toBe(200);
    expect(await (await server.fetch('/readyz')).json()).toMatchObject({errors: [{path: '/server'}]});
    const refused = await server.post('/v1/runs', {language: 'script', code: 'x'});
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({code: 'shutting-down'});
    expect(await waiting).toMatchObject({outcome: 'ok'});
    await stopped;
  });
});

describe('metrics', () => {
  it('count runs by language and outcome, and requests by route', async () => {
    await using server = await TestServer.start();
    const {id} = await server.submit('a', '?wait=true');
    await server.fetch(`/v1/runs/${id}`);
    const response = await server.fetch('/metrics');
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('sandglass_runs_total{language="script",outcome="ok"} 1');
    expect(text).toContain('sandglass_pool_sandboxes{condition="ready"} 1');
    expect(text).toMatch(
      /sandglass_http_request_seconds_count\{method="GET",route="\/v1\/runs\/:id",status="200"\} 1/,
    );
    expect(text).not.toContain(id);
  });
});

import {describe, expect, it} from 'vitest';
import {TestServer} from '../support/test-server.ts';

const request = (code: string) => ({language: 'script', code});

describe('batches', () => {
  it('are accepted as a whole, run, and are shown in order with counts', async () => {
    await using server = await TestServer.start();
    const response = await server.post('/v1/batches', {runs: ['a', 'b', 'c'].map(request)});
    expect(response.status).toBe(201);
    const {id, ids} = (await response.json()) as {id: string; ids: string[]};
    for (const run of ids) await server.fetch(`/v1/runs/${run}?wait=5000`);
    const batch = await (await server.fetch(`/v1/batches/${id}`)).json();
    expect(batch).toMatchObject({
      id,
      counts: {total: 3, finished: 3, queued: 0, outcomes: {ok: 3}},
      runs: ['a', 'b', 'c'].map((stdout, index) => ({id: ids[index], run: {stdout}})),
    });
  });

  it('accept nothing when one run is wrong, and name it', async () => {
    await using server = await TestServer.start();
    const response = await server.post('/v1/batches', {
      runs: [request('a'), {language: 'script', code: 'b', limits: {wallTimeMs: 0}}],
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({errors: [{path: '/runs/1/limits/wallTimeMs'}]});
    expect(await (await server.fetch('/v1/runs')).json()).toMatchObject({runs: []});
  });

  it('take a thousand runs and refuse one more', async () => {
    await using server = await TestServer.start();
    const runs = Array.from({length: 1001}, (_, index) => request(`n${index % 7}`));
    expect((await server.post('/v1/batches', {runs})).status).toBe(400);
    const response = await server.post('/v1/batches', {runs: runs.slice(1)});
    expect(response.status).toBe(201);
    const {id} = (await response.json()) as {id: string};
    await expect
      .poll(
        async () =>
          ((await (await server.fetch(`/v1/batches/${id}`)).json()) as {counts: {finished: number}}).counts
            .finished,
        {timeout: 20_000},
      )
      .toBe(1000);
  });

  it('give the same batch for the same idempotency key', async () => {
    await using server = await TestServer.start();
    const body = {runs: [request('a'), request('b')]};
    const first = await (await server.post('/v1/batches', body, {'idempotency-key': 'k'})).json();
    const again = await server.post('/v1/batches', body, {'idempotency-key': 'k'});
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({
      id: (first as {id: string}).id,
      ids: (first as {ids: string[]}).ids,
    });
  });

  it.each([[{}], [{runs: []}], [{runs: 'x'}], [{runs: [], extra: 1}], [[]]])('refuse %j', async (body) => {
    await using server = await TestServer.start();
    expect((await server.post('/v1/batches', body)).status).toBe(400);
  });

  it('of an unknown id are a 404', async () => {
    await using server = await TestServer.start();
    expect((await server.fetch('/v1/batches/01900000-0000-7000-8000-000000000000')).status).toBe(404);
  });
});

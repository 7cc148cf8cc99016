import type {Run} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {readEvents} from '../support/read-events.ts';
import {sleep} from '../support/scripted-engine.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {TestServer} from '../support/test-server.ts';

describe('row 42: a restart', () => {
  it('takes up what waited and what was running, and runs nothing twice that had finished', async () => {
    await using folder = await temporaryFolder();
    const flags = {concurrency: '1', 'shutdown-grace-ms': '0'};
    let ids: string[];
    {
      await using first = await TestServer.start({
        scripts: {slow: sleep(60_000)},
        flags,
        dataDir: folder.path,
      });
      const done = await first.submit('done', '?wait=true');
      const running = await first.submit('slow', '?wait=30');
      const waiting = await first.submit('waiting');
      ids = [done.id, running.id, waiting.id];
    }
    await using second = await TestServer.start({flags, dataDir: folder.path});
    const runs: Run[] = [];
    for (const id of ids) runs.push((await (await second.fetch(`/v1/runs/${id}?wait=5000`)).json()) as Run);
    expect(runs).toMatchObject([
      {outcome: 'ok', attempts: 1},
      {outcome: 'ok', attempts: 2},
      {outcome: 'ok', attempts: 1},
    ]);
    expect(second.engine.executed).toEqual(['slow', 'waiting']);
  });

  it('gives up a run during which the server stopped three times', async () => {
    await using folder = await temporaryFolder();
    const flags = {'shutdown-grace-ms': '0'};
    const scripts = {poison: sleep(60_000)};
    let id = '';
    for (let life = 1; life <= 3; life++) {
      await using server = await TestServer.start({scripts, flags, dataDir: folder.path});
      if (life === 1) id = (await server.submit('poison')).id;
      await expect.poll(() => server.engine.executed.length).toBe(1);
    }
    await using last = await TestServer.start({scripts, flags, dataDir: folder.path});
    const run = (await (await last.fetch(`/v1/runs/${id}?wait=5000`)).json()) as Run;
    expect(run).toMatchObject({outcome: 'internal-error', attempts: 3});
    expect(last.engine.executed).toEqual([]);
  });

  it('sends the events of the new attempt to whoever resumes', async () => {
    await using folder = await temporaryFolder();
    const flags = {'shutdown-grace-ms': '0'};
    let id: string;
    let lastSeq: number;
    {
      await using first = await TestServer.start({
        scripts: {job: sleep(60_000)},
        flags,
        dataDir: folder.path,
      });
      id = (await first.submit('job', '?wait=30')).id;
      const events = await readEvents(await first.fetch(`/v1/runs/${id}/events`), 2);
      lastSeq = events.at(-1)?.id ?? 0;
      expect(lastSeq).toBe(2);
    }
    const scripts = {job: sleep(200)};
    await using second = await TestServer.start({scripts, flags, dataDir: folder.path});
    const events = await readEvents(
      await second.fetch(`/v1/runs/${id}/events`, {headers: {'last-event-id': String(lastSeq)}}),
    );
    expect(events.at(-1)).toMatchObject({event: 'finished', data: {id, outcome: 'ok', attempts: 2}});
    expect(events.every(({id: seq}) => seq > lastSeq)).toBe(true);
  });

  it('answers those who wait when the server stops before their run ends', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(60_000)},
      flags: {'shutdown-grace-ms': '50'},
    });
    const waiting = server.submit('slow', '?wait=true');
    await expect.poll(() => server.engine.executed.length).toBe(1);
    await server.server.stop(new AbortController().signal);
    expect(await waiting).toMatchObject({state: 'running', outcome: null});
  });
});

describe('row 45: retention', () => {
  it('keeps a result for its stated age, then the run is gone', async () => {
    await using server = await TestServer.start({flags: {'retention-seconds': '1'}});
    const {id} = await server.submit('a', '?wait=true');
    expect((await server.fetch(`/v1/runs/${id}`)).status).toBe(200);
    await expect.poll(async () => (await server.fetch(`/v1/runs/${id}`)).status, {timeout: 5000}).toBe(404);
  });
});

import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Run} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {ServerProcess} from './support/server-process.ts';

describe('the server process', () => {
  it('row 45: shows a result again after a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-restart-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, {recursive: true, force: true}));
    let run: Run;
    {
      await using first = await ServerProcess.start({dataDir});
      run = await first.run({language: 'python', code: 'print("kept")'});
    }
    await using second = await ServerProcess.start({dataDir});
    expect(await (await second.fetch(`/v1/runs/${run.id}`)).json()).toEqual(run);
  });

  it('drains at SIGTERM: the running program ends first, then the process with code 0', async () => {
    await using server = await ServerProcess.start();
    const waiting = server.run({language: 'python', code: 'import time; time.sleep(1); print("done")'});
    await expect
      .poll(async () => (await server.get<{runs: Run[]}>('/v1/runs?state=running')).runs.length)
      .toBe(1);
    const end = server.end('SIGTERM');
    expect(await waiting).toMatchObject({outcome: 'ok', run: {stdout: 'done\n'}});
    expect(await end).toEqual({code: 0, signal: null});
  });

  it('stops at once at a second signal', async () => {
    await using server = await ServerProcess.start();
    await server.post('/v1/runs', {
      language: 'python',
      code: 'import time; time.sleep(60)',
      limits: {wallTimeMs: 60_000},
    });
    await expect
      .poll(async () => (await server.get<{runs: Run[]}>('/v1/runs?state=running')).runs.length)
      .toBe(1);
    const begin = performance.now();
    server.process.kill('SIGTERM');
    // Two signals at once would be one to the kernel.
    await expect.poll(async () => (await server.fetch('/readyz')).status).toBe(503);
    const end = server.end('SIGTERM');
    expect(await end).toEqual({code: 0, signal: null});
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('row 52: is ready with pool counts, and lists the languages it has proven', async () => {
    await using server = await ServerProcess.start();
    const ready = await server.get<{languages: {available: number}}>('/readyz');
    expect(ready).toMatchObject({status: 'ready', pool: {ready: expect.any(Number)}});
    expect(ready.languages.available).toBeGreaterThan(0);
  });

  it.each([
    [{SANDGLASS_HOST: '0.0.0.0'}, 'not a loopback address'],
    [{SANDGLASS_PORT: 'x'}, 'SANDGLASS_PORT="x": it must be an integer'],
    [{SANDGLASS_PROT: '1'}, 'Did you mean SANDGLASS_PORT?'],
  ])('refuses to start with %j and says why', async (env, message) => {
    await expect(ServerProcess.start({env: env as Record<string, string>})).rejects.toThrow(message);
  });

  it('refuses a data folder that another server uses', async () => {
    await using first = await ServerProcess.start();
    await expect(ServerProcess.start({dataDir: first.dataDir})).rejects.toThrow(
      /another process|in use|locked/i,
    );
  });
});

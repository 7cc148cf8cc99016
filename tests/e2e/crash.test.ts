import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Run} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {ServerProcess} from './support/server-process.ts';

const KILLS = 5;

describe('rows 40 and 42: kill -9 at any instant', () => {
  it('every accepted run reaches exactly one final state, and a finished one never changes', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-crash-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, {recursive: true, force: true}));
    const accepted = new Set<string>();
    const finished = new Map<string, Run>();
    for (let life = 1; life <= KILLS; life++) {
      const server = await ServerProcess.start({dataDir});
      const clients = Array.from({length: 4}, (_, client) =>
        submitUntilGone(server, client, {accepted, finished}),
      );
      await delay(100 + Math.random() * 900);
      await server.end('SIGKILL');
      await Promise.all(clients);
    }
    await using last = await ServerProcess.start({dataDir});
    expect(accepted.size).toBeGreaterThan(KILLS);
    for (const id of accepted) {
      const run = (await (await last.fetch(`/v1/runs/${id}?wait=30000`)).json()) as Run;
      expect(run, id).toMatchObject({id, state: 'finished'});
      expect(['ok', 'internal-error'], id).toContain(run.outcome);
      if (finished.has(id)) expect(run).toEqual(finished.get(id));
      if (run.outcome === 'ok') expect(run.run?.stdout).toBe(`${run.metadata.label}\n`);
    }
  }, 300_000);
});

/** Every answer is noted: an id is a promise of the server, a finished run one that must never change. */
async function submitUntilGone(
  server: ServerProcess,
  client: number,
  notes: {accepted: Set<string>; finished: Map<string, Run>},
): Promise<void> {
  for (let number = 0; ; number++) {
    const body = {
      language: 'python',
      code: `print(${client}, ${number})`,
      metadata: {label: `${client} ${number}`},
    };
    try {
      const response = await server.post(number % 2 === 0 ? '/v1/runs?wait=true' : '/v1/runs', body);
      const run = (await response.json()) as Run;
      if (!response.ok) continue;
      notes.accepted.add(run.id);
      if (run.state === 'finished') notes.finished.set(run.id, run);
    } catch {
      return; // The server is gone, as this test wants it; an answer that did not come promises nothing.
    }
  }
}

import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {type RunStore, SqliteRunStore} from '@sandglass/store';
import {expect, test} from 'vitest';
import {makeTemporaryFolder} from './temporary-folder.ts';

const KILLS = 8;
const PROGRAM = fileURLToPath(new URL('./children/work-until-killed.ts', import.meta.url));

test('after kill -9 at random instants every confirmed run is there once, and every confirmed result is unchanged', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  const accepted = new Set<string>();
  const finished = new Map<string, string>();
  for (let round = 0; round < KILLS; round++)
    for (const {event, id, marker} of await workUntilKilled(path, `round${round}`)) {
      if (event === 'accepted') accepted.add(id);
      if (event !== 'finished') continue;
      expect(finished.get(id), `run ${id} was confirmed as finished twice`).toBeUndefined();
      finished.set(id, marker);
    }
  await using store = await SqliteRunStore.open({path});
  const stored = await allRuns(store);
  for (const id of accepted) expect(stored.has(id), `run ${id}`).toBe(true);
  for (const [id, marker] of finished) expect(stored.get(id), `result of ${id}`).toBe(marker);
  const unfinished = new Set((await store.unfinished()).map(({run}) => run.id));
  for (const [id, marker] of stored) expect(unfinished.has(id), `state of ${id}`).toBe(marker === null);
  // The test is worth nothing if the children were killed before they did anything.
  expect(accepted.size).toBeGreaterThan(100);
  expect(finished.size).toBeGreaterThan(100);
}, 60_000);

interface Line {
  readonly event: string;
  readonly id: string;
  readonly marker: string;
}

/** What the child had confirmed when it was killed, some time after it had taken up its predecessor's runs. */
async function workUntilKilled(path: string, prefix: string): Promise<Line[]> {
  const child = spawn(process.execPath, [PROGRAM, path, prefix], {stdio: ['ignore', 'pipe', 'inherit']});
  const lines: Line[] = [];
  const recovered = Promise.withResolvers<void>();
  const reader = createInterface({input: child.stdout});
  const closed = once(reader, 'close');
  reader.on('line', (text) => {
    const [event = '', id = '', marker = ''] = text.split(' ');
    lines.push({event, id, marker});
    if (event === 'recovered') recovered.resolve();
  });
  await Promise.race([recovered.promise, failIfEnded(child)]);
  await sleep(20 + Math.random() * 250);
  child.kill('SIGKILL');
  await closed;
  return lines;
}

async function failIfEnded(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  const [code] = await once(child, 'exit');
  // A kill by the test itself comes after the race is over.
  if (code !== null) throw new Error(`The child ended by itself with code ${code}.`);
}

/** Run id → the marker in its stored result, or null while it is unfinished. A run that is listed twice fails the test. */
async function allRuns(store: RunStore): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RunStore['list']>> = await store.list('local', {
      filter: {},
      cursor,
      limit: 500,
    });
    for (const run of page.runs) {
      expect(found.has(run.id), `run ${run.id} is listed twice`).toBe(false);
      found.set(run.id, run.explanation?.message ?? null);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

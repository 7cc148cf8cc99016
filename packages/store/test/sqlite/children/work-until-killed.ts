/**
 * A server in miniature that is meant to be killed: takes up what a predecessor left unfinished, then accepts runs and
 * finishes them, and says on standard output what the store has confirmed, one line each. argv: database file, prefix of ids.
 */
import {writeSync} from 'node:fs';
import {type RunStore, SqliteRunStore} from '@sandglass/store';
import {sampleResult, sampleRun, sampleStep} from '../../contract/sample-runs.ts';

/** Enough for groups of several commands, so that a kill can fall into the middle of one. */
const CLIENTS = 12;

const [path = '', prefix = ''] = process.argv.slice(2);
const store: RunStore = await SqliteRunStore.open({path});
for (const {run} of await store.unfinished()) await finish(run.id, run.attempts + 1);
say('recovered', '-', '-');
await Promise.all(Array.from({length: CLIENTS}, (_, client) => acceptForEver(client)));

async function acceptForEver(client: number): Promise<never> {
  for (let number = 0; ; number++) {
    const id = `${prefix}-${client}-${number}`;
    await store.accept([sampleRun(id, {createdAt: new Date().toISOString()})], null);
    say('accepted', id, '-');
    // Every third run stays unfinished for the successor.
    if (number % 3 !== 0) await finish(id, 1);
  }
}

async function finish(id: string, attempt: number): Promise<void> {
  const marker = `${prefix}-attempt-${attempt}`;
  const now = new Date().toISOString();
  if (!(await store.start(id, attempt, now))) return;
  // Now and then a result larger than a page of the database and a part of the log.
  const stdout = marker + 'x'.repeat(id.endsWith('7') ? 300_000 : 10);
  const result = sampleResult({
    run: sampleStep({stdout}),
    explanation: {code: 'test', message: marker},
  });
  if (await store.finish(id, attempt, result, now)) say('finished', id, marker);
}

/** Synchronously, so that a line which the parent has read was confirmed, and a confirmed one is at most one write away. */
function say(event: string, id: string, marker: string): void {
  writeSync(1, `${event} ${id} ${marker}\n`);
}

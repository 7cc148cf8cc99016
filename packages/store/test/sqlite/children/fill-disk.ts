/**
 * Fills the small file system that the database is on, and prints as JSON what the store did before, while and after it was
 * full. argv: folder on that file system.
 */
import {rmSync, statfsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {SqliteRunStore} from '@sandglass/store';
import {sampleRun, sampleSpec} from '../../contract/sample-runs.ts';

const folder = process.argv[2] ?? '';
const ballast = join(folder, 'ballast');
await using store = await SqliteRunStore.open({path: join(folder, 'sandglass.db')});
await store.accept([sampleRun('before')], null);
const {bavail, bsize} = statfsSync(folder);
writeFileSync(ballast, new Uint8Array(bavail * bsize - 256 * 1024));
const tooLarge = sampleRun('too-large', {spec: sampleSpec({stdin: new Uint8Array(2_000_000)})});
const together = await Promise.allSettled([
  store.accept([sampleRun('small-1')], null),
  store.accept([tooLarge], null),
  store.accept([sampleRun('small-2')], null),
]);
const readable = (await store.get('before', 'local'))?.run.id;
rmSync(ballast);
const after = await Promise.allSettled([store.accept([tooLarge], null), store.check()]);
const ids = (await store.unfinished()).map(({run}) => run.id);
process.stdout.write(
  JSON.stringify({together: together.map(describe), readable, after: after.map(describe), ids}),
);

function describe(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === 'fulfilled') return 'done';
  const {reason} = outcome;
  return reason instanceof SandglassError ? `${reason.code}: ${reason.message}` : String(reason);
}

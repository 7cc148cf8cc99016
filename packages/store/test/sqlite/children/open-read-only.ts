/** Makes a store, has its file system turned read-only, opens it again and prints the error. argv: mount point. */
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {SqliteRunStore} from '@sandglass/store';

const folder = process.argv[2] ?? '';
const path = join(folder, 'sandglass.db');
await (await SqliteRunStore.open({path}))[Symbol.asyncDispose]();
execFileSync('mount', ['-o', 'remount,ro', folder]);
try {
  await SqliteRunStore.open({path});
} catch (error) {
  process.stdout.write(error instanceof SandglassError ? `${error.code}: ${error.message}` : String(error));
}

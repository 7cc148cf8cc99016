import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {open, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {SqliteRunStore} from '@sandglass/store';
import {expect, test} from 'vitest';
import {sampleResult, sampleRun, sampleStep} from '../contract/sample-runs.ts';
import {makeTemporaryFolder} from './temporary-folder.ts';

test('a second process on the same database is refused and told why', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  const holder = spawn(process.execPath, [childProgram('hold-open.ts'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  await expect(SqliteRunStore.open({path})).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringMatching(/Another process has it open.*SANDGLASS_DATA_DIR/),
  });
  holder.stdin.end();
  await once(holder, 'exit');
  await using store = await SqliteRunStore.open({path});
  await store.check();
}, 20_000);

test('the lock of a process that was killed does not outlive it', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  const holder = spawn(process.execPath, [childProgram('hold-open.ts'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await using store = await SqliteRunStore.open({path});
  await store.check();
});

test('a file that is no database is refused and left as it was', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  await writeFile(path, 'a letter to my aunt, and certainly not a database\n'.repeat(100));
  await expect(SqliteRunStore.open({path})).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('not a SQLite database'),
  });
  expect((await stat(path)).size).toBe(5_000);
});

test('a damaged database gives store-failed naming the damage, not a wrong answer', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  {
    await using store = await SqliteRunStore.open({path});
    await store.accept([sampleRun('a')], null);
    const stdout = 'x'.repeat(1_000_000);
    await store.finish('a', 1, sampleResult({run: sampleStep({stdout})}), '2026-01-31T12:00:01.000Z');
  }
  await overwriteFrom(path, 4096);
  const error = await useUntilItFails(path);
  expect(error).toMatchObject({code: 'store-failed', message: expect.stringMatching(/damaged.*backup/)});
});

test('a database of a newer version is refused and left as it was', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'sandglass.db');
  await (await SqliteRunStore.open({path}))[Symbol.asyncDispose]();
  {
    using database = new DatabaseSync(path);
    database.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', '2030')");
  }
  const before = await readFile(path);
  await expect(SqliteRunStore.open({path})).rejects.toMatchObject({
    code: 'schema-too-new',
    message: expect.stringContaining('9999-future'),
  });
  expect(await readFile(path)).toEqual(before);
});

test('database, log and folder can be read by their owner only', async () => {
  await using folder = await makeTemporaryFolder();
  const path = join(folder.path, 'new', 'sandglass.db');
  await using store = await SqliteRunStore.open({path});
  await store.check();
  expect((await stat(join(folder.path, 'new'))).mode & 0o777).toBe(0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(`${path}-wal`)).mode & 0o777).toBe(0o600);
});

test('a folder that cannot be made is refused with its path', async () => {
  await using folder = await makeTemporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await expect(SqliteRunStore.open({path: join(file, 'sandglass.db')})).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining(file),
  });
});

test('on a full disk the write that does not fit fails, the others are stored, and room heals it', async () => {
  const report = JSON.parse(await runOnSmallDisk('fill-disk.ts'));
  expect(report).toEqual({
    together: ['done', expect.stringMatching(/^store-failed: .*The disk is full\. Free space/), 'done'],
    readable: 'before',
    after: ['done', 'done'],
    ids: ['before', 'small-1', 'small-2', 'too-large'],
  });
});

test('a read-only file system is refused with what to do', async () => {
  expect(await runOnSmallDisk('open-read-only.ts')).toMatch(/^store-failed: .*(read-only|cannot be opened)/i);
});

function childProgram(name: string): string {
  return fileURLToPath(new URL(`./children/${name}`, import.meta.url));
}

/** Runs a child with a file system of 4 MiB of its own, in namespaces of its own, so that neither root nor clean-up is needed. */
async function runOnSmallDisk(name: string): Promise<string> {
  await using folder = await makeTemporaryFolder();
  const script = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" "$3" "$1"';
  const {stdout} = await promisify(execFile)('unshare', [
    ...['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'],
    ...[folder.path, process.execPath, childProgram(name)],
  ]);
  return stdout;
}

async function overwriteFrom(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const {size} = await file.stat();
  await file.write(new Uint8Array(size - offset).fill(0xa5), 0, size - offset, offset);
}

async function useUntilItFails(path: string): Promise<unknown> {
  try {
    await using store = await SqliteRunStore.open({path});
    await store.get('a', 'local');
  } catch (error) {
    return error;
  }
  return null;
}

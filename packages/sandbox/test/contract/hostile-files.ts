import {expect, it} from 'vitest';
import {python, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest} from './driver-under-test.ts';

const BOUNDED_MS = 3_000;

/** What a program may put where the worker looks for a file. */
export function describeHostileFiles(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it.each([
    ['a link to a file of the root', 'ln -s /etc/passwd trap'],
    ['a link to the agent', 'ln -s /proc/1/exe trap'],
    ['a link to an open descriptor', 'ln -s /proc/self/fd/0 trap'],
    ['a link to itself', 'ln -s trap trap'],
    ['a link that leads nowhere', 'ln -s nowhere trap'],
    ['a FIFO', 'mkfifo trap'],
    ['a device', 'ln -s /dev/zero trap'],
    ['a directory', 'mkdir trap'],
    ['a socket', 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'trap\')"'],
  ])('neither reads nor writes %s', async (_title, script) => {
    await using sandbox = await test.sandbox();
    expect(await shell(sandbox, script)).toMatchObject({exitCode: 0});
    const startedAt = performance.now();
    await expect(sandbox.readFile('trap', {maxBytes: 100})).rejects.toMatchObject({code: 'file-unavailable'});
    await expect(sandbox.writeFiles([{path: 'trap', content: Buffer.from('x')}])).rejects.toMatchObject({
      code: 'file-unavailable',
    });
    expect(performance.now() - startedAt).toBeLessThan(BOUNDED_MS * test.slowdown);
  });

  it('does not follow a directory that was replaced by a link', async () => {
    await using sandbox = await test.sandbox();
    await sandbox.writeFiles([{path: 'dir/file', content: Buffer.from('mine')}]);
    await python(sandbox, 'import os; os.rename("dir", "moved"); os.symlink("/etc", "dir")');
    await expect(sandbox.readFile('dir/passwd', {maxBytes: 100})).rejects.toMatchObject({
      code: 'file-unavailable',
    });
    await expect(sandbox.writeFiles([{path: 'dir/new', content: Buffer.from('x')}])).rejects.toMatchObject({
      code: 'file-unavailable',
    });
    await expect(sandbox.listFiles('dir', {maxEntries: 9, maxDepth: 1})).rejects.toMatchObject({
      code: 'file-unavailable',
    });
  });

  it('has no more right to a file than the program', async () => {
    await using sandbox = await test.sandbox();
    await shell(sandbox, 'echo secret > f; chmod 0 f; mkdir d; echo x > d/f; chmod 0 d');
    for (const path of ['f', 'd/f'])
      await expect(sandbox.readFile(path, {maxBytes: 9})).rejects.toThrow(/EACCES/);
  });

  it('reads no more of a growing or endless file than asked for', async () => {
    await using sandbox = await test.sandbox();
    await shell(sandbox, 'truncate -s 1T sparse');
    const read = await sandbox.readFile('sparse', {maxBytes: 100_000});
    expect(read).toMatchObject({isTruncated: true, content: {length: 100_000}});
    const {entries} = await sandbox.listFiles('', {maxEntries: 9, maxDepth: 1});
    expect(entries).toMatchObject([{path: 'sparse', sizeBytes: 2 ** 40}]);
  });

  it('lists any name, size and time that a program can make up', async () => {
    await using sandbox = await test.sandbox();
    await python(
      sandbox,
      `
import os
for name in [b'new\\nline', b'\\xff\\xfe', b'quote"\\'', b' ', b'-rf', b'x' * 255, '\\u202e'.encode()]:
    open(name, 'w').close()
os.utime(b' ', ns=(-10**18, -10**18))
path = b'deep'
os.mkdir(path)
for _ in range(30):
    path += b'/' + b'd' * 100
    os.mkdir(path)`,
    );
    const {entries, isTruncated} = await sandbox.listFiles('', {maxEntries: 100, maxDepth: 32});
    expect(entries.length).toBeGreaterThan(30);
    expect(isTruncated).toBe(false);
    const names = entries.map(({path}) => path);
    expect(names).toEqual(
      expect.arrayContaining(['new\nline', '\ufffd\ufffd', 'quote"\'', ' ', '-rf', '\u202e']),
    );
    expect(entries.find(({path}) => path === ' ')?.modifiedAtMs).toBe(-(10 ** 12));
  });

  it('lists a directory that is too full only as far as asked for, in bounded time', async () => {
    await using sandbox = await test.sandbox();
    await python(sandbox, 'for i in range(9000): open(f"f{i}", "w").close()');
    const startedAt = performance.now();
    const {entries, isTruncated} = await sandbox.listFiles('', {maxEntries: 1000, maxDepth: 8});
    expect([entries.length, isTruncated]).toEqual([1000, true]);
    expect(performance.now() - startedAt).toBeLessThan(BOUNDED_MS * test.slowdown);
  });
}

import {randomBytes} from 'node:crypto';
import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

const MIB = 1024 * 1024;

/** Files as the worker writes, reads and lists them. */
export function describeFiles(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it.each([0, 1, 65_536, 65_537, 5 * MIB])('writes and reads back a file of %i bytes', async (bytes) => {
    await using sandbox = await test.sandbox();
    const content = randomBytes(bytes);
    await sandbox.writeFiles([{path: 'a/b/c.bin', content}]);
    const read = await sandbox.readFile('a/b/c.bin', {maxBytes: 8 * MIB});
    expect(read.isTruncated).toBe(false);
    expect(Buffer.from(read.content).equals(content)).toBe(true);
  });

  itWith(setup, 'statx')(
    'writes files with their modes, replacing earlier ones, for the program to own',
    async () => {
      await using sandbox = await test.sandbox();
      await sandbox.writeFiles([
        {
          path: 'run.sh',
          content: Buffer.from('#!/bin/sh\necho first version, longer than the next\n'),
          mode: 0o755,
        },
        {path: 'data', content: Buffer.from('data')},
      ]);
      await sandbox.writeFiles([
        {path: 'run.sh', content: Buffer.from('#!/bin/sh\nstat -c "%a %u %n" *\n'), mode: 0o755},
      ]);
      expect((await shell(sandbox, './run.sh; echo more >> data; cat data')).stdout).toBe(
        '644 1000 data\n755 1000 run.sh\ndatamore\n',
      );
    },
  );

  itWith(setup, 'statx')('writes a thousand files in one call', async () => {
    await using sandbox = await test.sandbox();
    const files = Array.from({length: 1000}, (_, index) => ({
      path: `d${index % 10}/f${index}`,
      content: Buffer.from(String(index)),
    }));
    await sandbox.writeFiles(files);
    expect((await shell(sandbox, 'cat d*/f* | wc -c; ls d* | grep -c f')).stdout).toBe('2890\n1000\n');
    const reads = await Promise.all(
      files.slice(0, 50).map(({path}) => sandbox.readFile(path, {maxBytes: 10})),
    );
    expect(reads.map(({content}) => Buffer.from(content).toString())).toEqual(
      files.slice(0, 50).map(({content}) => content.toString()),
    );
  });

  it('tells exactly whether there was more than it was asked to read', async () => {
    await using sandbox = await test.sandbox();
    await sandbox.writeFiles([{path: 'f', content: Buffer.from('12345')}]);
    const read = async (maxBytes: number): Promise<[string, boolean]> => {
      const {content, isTruncated} = await sandbox.readFile('f', {maxBytes});
      return [Buffer.from(content).toString(), isTruncated];
    };
    expect(await read(4)).toEqual(['1234', true]);
    expect(await read(5)).toEqual(['12345', false]);
    expect(await read(0)).toEqual(['', true]);
  });

  it.each(['', '/etc/passwd', '../etc/passwd', 'a/../../x', '.', './a', 'a//b', 'a/', '..'])(
    'refuses the path %j everywhere',
    async (path) => {
      await using sandbox = await test.sandbox();
      const refusal = {code: 'file-unavailable'};
      await expect(sandbox.readFile(path, {maxBytes: 1})).rejects.toMatchObject(refusal);
      await expect(sandbox.writeFiles([{path, content: Buffer.from('x')}])).rejects.toMatchObject(refusal);
      const execution = sandbox.exec(command(['true'], {files: [{path, content: Buffer.from('x')}]}));
      await expect(execution.exited).rejects.toMatchObject({code: 'exec-failed'});
      if (path !== '')
        await expect(sandbox.listFiles(path, {maxEntries: 1, maxDepth: 1})).rejects.toMatchObject(refusal);
    },
  );

  it('says which file is missing, and starts nothing when one of the program could not be written', async () => {
    await using sandbox = await test.sandbox();
    await expect(sandbox.readFile('no/such', {maxBytes: 1})).rejects.toThrow(/"no\/such".*ENOENT/);
    await shell(sandbox, 'mkdir taken');
    const files = [{path: 'taken', content: Buffer.from('x')}];
    const execution = sandbox.exec(command(['touch', 'was-started'], {files}));
    await expect(execution.exited).rejects.toThrow(/taken/);
    await expect(sandbox.readFile('was-started', {maxBytes: 1})).rejects.toMatchObject({
      code: 'file-unavailable',
    });
  });

  it('lists files with kind, size and time, as deep and as many as asked for', async () => {
    await using sandbox = await test.sandbox();
    await shell(
      sandbox,
      'mkdir -p a/b; printf 123 > a/f; ln -s /etc a/link; mkfifo a/b/pipe; touch -d @1000000000 top',
    );
    const all = await sandbox.listFiles('', {maxEntries: 100, maxDepth: 8});
    expect(all.isTruncated).toBe(false);
    expect(all.entries.map(({path, kind}) => `${kind} ${path}`).sort()).toEqual([
      'directory a',
      'directory a/b',
      'file a/f',
      'file top',
      'other a/b/pipe',
      'symlink a/link',
    ]);
    expect(all.entries.find(({path}) => path === 'a/f')).toMatchObject({sizeBytes: 3, mode: 0o644});
    expect(all.entries.find(({path}) => path === 'top')?.modifiedAtMs).toBe(1_000_000_000_000);
    const shallow = await sandbox.listFiles('a', {maxEntries: 100, maxDepth: 1});
    expect(shallow.entries.map(({path}) => path).sort()).toEqual(['b', 'f', 'link']);
    const few = await sandbox.listFiles('', {maxEntries: 2, maxDepth: 8});
    expect(few).toMatchObject({isTruncated: true, entries: {length: 2}});
  });
}

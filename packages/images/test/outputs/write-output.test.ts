import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {writeOutput} from '../../src/outputs/write-output.ts';
import {CHANGE, openStoreLab, type StoreLab} from '../support/store-lab.ts';

describe('The ramdisk of an image', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
    await lab.keep('tools', [
      [
        {name: 'bin/tool', content: 'tool', mode: 0o755},
        {name: 'bin/again', type: '2', linkName: 'tool'},
        {name: 'empty', type: '5', mode: 0o755},
      ],
    ]);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const make = async (guest: string): Promise<string> =>
    await writeOutput(lab.store, await lab.store.get('tools'), 'cpio.gz', {
      guestRamdisk: Buffer.from(guest),
      ...CHANGE,
    });

  it('row 37: is made again when the agent has changed, once, and in place of the older', async () => {
    const first = await make('agent 1');
    const made = await stat(first);
    expect(await make('agent 1')).toBe(first);
    expect((await stat(first)).mtimeMs).toBe(made.mtimeMs);
    const second = await make('agent 2');
    expect(second).not.toBe(first);
    expect(await make('agent 2')).toBe(second);
    const outputs = join(lab.store.folder, 'outputs');
    expect((await readdir(outputs)).map((name) => join(outputs, name))).toEqual([second]);
  });

  it('is what a guest begins with, followed by the image in a folder of its own', async () => {
    const archive = gunzipSync(await readFile(await make('what a guest begins with'))).toString('latin1');
    expect(archive.startsWith('what a guest begins with070701')).toBe(true);
    expect(archive.match(/image\/?[a-z/]*(?=\0)/g)).toEqual([
      'image',
      'image/bin',
      'image/bin/again',
      'image/bin/tool',
      'image/empty',
    ]);
  });

  it('goes with its image, and what it took is told', async () => {
    const {size} = await stat(await make('agent'));
    const freed = await lab.store.remove('tools', CHANGE);
    expect(freed).toMatchObject({trees: 1, bytes: size + 'tool'.length});
    expect(await readdir(join(lab.store.folder, 'outputs'))).toEqual([]);
  });
});

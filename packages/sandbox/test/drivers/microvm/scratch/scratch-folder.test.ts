import {mkdtempSync, rmSync} from 'node:fs';
import {mkdir, open, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {ScratchContents} from '../../../../src/drivers/microvm/scratch/scratch-contents.ts';
import {makeScratchDisk, scratchDiskBytes} from '../../../../src/drivers/microvm/scratch/scratch-disk.ts';
import {ScratchFolder} from '../../../../src/drivers/microvm/scratch/scratch-folder.ts';
import {encodeIdentity, ownIdentity} from '../../../../src/drivers/shared/worker-identity.ts';

const MIB = 1024 * 1024;
const DISK_BYTES = scratchDiskBytes(64 * MIB);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sg-scratch-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

async function contentsOfNewDisk(): Promise<ScratchContents> {
  const path = join(folder, 'template');
  await makeScratchDisk(path, DISK_BYTES);
  const contents = await ScratchContents.ofDisk(path);
  await contents.store(join(folder, 'stored'));
  return await ScratchContents.load(join(folder, 'stored'));
}

describe('a scratch disk', () => {
  it('is, byte for byte, the one of its template', async () => {
    const contents = await contentsOfNewDisk();
    const scratch = await ScratchFolder.open(join(folder, 'scratch'));
    await using disk = await scratch.makeDisk(contents, null);
    const template = await readFile(join(folder, 'template'));
    expect(template.subarray(1080, 1082).toString('hex')).toBe('53ef');
    expect((await readFile(`/proc/self/fd/${disk.fd}`)).equals(template)).toBe(true);
  });

  it('takes of the host what is on it, not its size', async () => {
    const contents = await contentsOfNewDisk();
    const scratch = await ScratchFolder.open(join(folder, 'scratch'));
    await using disk = await scratch.makeDisk(contents, null);
    const {size, blocks} = await disk.stat();
    expect(size).toBe(DISK_BYTES);
    expect(blocks * 512).toBeLessThan(MIB);
    expect((await stat(join(folder, 'stored'))).size).toBeLessThan(MIB);
  });

  it('has no name, so that nothing of it stays with whoever is killed', async () => {
    const contents = await contentsOfNewDisk();
    const scratch = await ScratchFolder.open(join(folder, 'scratch'));
    await using _disk = await scratch.makeDisk(contents, null);
    expect(await readdir(join(folder, 'scratch'))).toEqual([]);
  });

  it('is not made where its folder is gone, and the error names that', async () => {
    const contents = await contentsOfNewDisk();
    const path = join(folder, 'scratch');
    const scratch = await ScratchFolder.open(path);
    rmSync(path, {recursive: true});
    await expect(scratch.makeDisk(contents, null)).rejects.toMatchObject({
      code: 'isolation-failed',
      message: expect.stringContaining(path),
    });
  });
});

describe('the folder of scratch disks', () => {
  it('loses what a worker left that was killed before its disk had lost its name, and nothing else', async () => {
    const path = join(folder, 'scratch');
    await mkdir(path);
    const own = ownIdentity();
    const living = `${encodeIdentity(own)}-00ff`;
    const dead = `${encodeIdentity({...own, startTime: '1'})}-00ff`;
    for (const name of [living, dead, 'notes']) await writeFile(join(path, name), 'x');
    await ScratchFolder.open(path);
    expect((await readdir(path)).sort()).toEqual([living, 'notes'].sort());
  });

  it('keeps a disk to itself when two are made of one template', async () => {
    const contents = await contentsOfNewDisk();
    const scratch = await ScratchFolder.open(join(folder, 'scratch'));
    await using first = await scratch.makeDisk(contents, null);
    await first.write(Buffer.from('secret'), 0, 6, 32 * MIB);
    await using second = await scratch.makeDisk(contents, null);
    const buffer = Buffer.alloc(6);
    await second.read(buffer, 0, 6, 32 * MIB);
    expect(buffer).toEqual(Buffer.alloc(6));
    await using again = await open(`/proc/self/fd/${first.fd}`);
    await again.read(buffer, 0, 6, 32 * MIB);
    expect(buffer.toString()).toBe('secret');
  });
});

import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {readVmlinux} from '../../../../src/drivers/microvm/guest/kernel-image.ts';
import {unpackLegacyLz4} from '../../../../src/drivers/microvm/guest/lz4.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandglass-kernel-'));
});
afterEach(() => rmSync(folder, {recursive: true}));

const KERNEL = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.from('kernel '.repeat(2000))]);

/** A bzImage as Documentation/arch/x86/boot.rst describes it, with nothing but the fields that matter here. */
function bzImage(payload: Buffer): string {
  const head = Buffer.alloc(3 * 512);
  head.writeUInt8(1, 0x1f1);
  head.write('HdrS', 0x202, 'latin1');
  head.writeUInt32LE(512, 0x248);
  head.writeUInt32LE(payload.length, 0x24c);
  const path = join(folder, 'vmlinuz');
  writeFileSync(path, Buffer.concat([head, payload]));
  return path;
}

function withSize(packed: Buffer, bytes = KERNEL.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes);
  return Buffer.concat([packed, size]);
}

/** One block of one run of literals: valid lz4, if not small. */
function lz4(content: Buffer): Buffer {
  const extra = content.length - 15;
  const lengths = Buffer.concat([Buffer.alloc(Math.floor(extra / 255), 255), Buffer.from([extra % 255])]);
  const block = Buffer.concat([Buffer.from([0xf0]), lengths, content]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([Buffer.from('02214c18', 'hex'), size, block]);
}

it.each<[string, () => Buffer]>([
  ['lz4', () => withSize(lz4(KERNEL))],
  ['zstd', () => withSize(zstdCompressSync(KERNEL))],
  ['gzip', () => gzipSync(KERNEL)],
])('unpacks a kernel that is packed with %s', async (_name, payload) => {
  expect((await readVmlinux(bzImage(payload()))).equals(KERNEL)).toBe(true);
});

it('takes an unpacked kernel as it is', async () => {
  const path = join(folder, 'vmlinux');
  writeFileSync(path, KERNEL);
  expect((await readVmlinux(path)).equals(KERNEL)).toBe(true);
});

it.each<[string, () => Buffer, RegExp]>([
  ['is cut off', () => withSize(lz4(KERNEL)).subarray(0, 900), /Cannot/],
  ['claims to be endless', () => withSize(lz4(KERNEL), 0xffff_ffff), /claims to unpack to 4294967295 bytes/],
  ['unpacks to more than it says', () => withSize(zstdCompressSync(KERNEL), 100), /Cannot use/],
  [
    'is packed in an unknown way',
    () => withSize(Buffer.from('garbage garbage')),
    /compression \(67617262\) is unknown/,
  ],
  ['is no kernel once unpacked', () => gzipSync(Buffer.alloc(1000, 1)), /no ELF file/],
])('refuses a kernel whose payload %s', async (_name, payload, reason) => {
  const error: unknown = await readVmlinux(bzImage(payload())).catch((reason: unknown) => reason);
  expect(error).toMatchObject({code: 'isolation-unavailable'});
  expect(String(error)).toMatch(reason);
});

it('repeats what lz4 refers back to, overlapping copies included', () => {
  // 3 literals "abc", then 9 bytes from 3 back; then 5 literals to end with.
  const block = Buffer.concat([
    Buffer.from([0x35]),
    Buffer.from('abc'),
    Buffer.from([3, 0, 0x50]),
    Buffer.from('12345'),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  const packed = Buffer.concat([Buffer.from('02214c18', 'hex'), size, block]);
  expect(unpackLegacyLz4(packed, 17).toString()).toBe('abcabcabcabc12345');
});

it.each([
  ['before the beginning', [0x15, 0x61, 9, 0]],
  ['of distance zero', [0x15, 0x61, 0, 0]],
])('refuses a copy from %s', (_name, bytes) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const packed = Buffer.concat([Buffer.from('02214c18', 'hex'), size, Buffer.from(bytes)]);
  expect(() => unpackLegacyLz4(packed, 100)).toThrow(/copy passes the bounds/);
});

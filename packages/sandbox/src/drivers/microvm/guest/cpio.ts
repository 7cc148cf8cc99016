/** One thing in an archive. Paths are relative, without a leading slash; parents come before what they hold. */
export type CpioEntry =
  | {readonly kind: 'directory'; readonly path: string; readonly mode: number}
  | {readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array}
  | {readonly kind: 'link'; readonly path: string; readonly destination: string}
  | {
      readonly kind: 'character-device';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

const MAGIC = '070701';
const ALIGNMENT = 4;
const TRAILER = 'TRAILER!!!';
const TYPE_BITS = {
  directory: 0o040000,
  file: 0o100000,
  link: 0o120000,
  'character-device': 0o020000,
} as const;
const LINK_MODE = 0o777;
const NOTHING = new Uint8Array(0);

/**
 * A "newc" archive, the form of an initial ramdisk (Documentation/driver-api/early-userspace/buffer-format.rst). The same entries
 * give the same bytes: owner root, time 0, inodes numbered in order.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) =>
    writeMember({
      path: entry.path,
      mode: TYPE_BITS[entry.kind] | (entry.kind === 'link' ? LINK_MODE : entry.mode),
      inode: index + 1,
      device: entry.kind === 'character-device' ? [entry.major, entry.minor] : [0, 0],
      content: contentOf(entry),
    }),
  );
  return Buffer.concat([
    ...parts,
    ...writeMember({path: TRAILER, mode: 0, inode: 0, device: [0, 0], content: NOTHING}),
  ]);
}

interface Member {
  readonly path: string;
  readonly mode: number;
  readonly inode: number;
  readonly device: readonly [number, number];
  readonly content: Uint8Array;
}

function writeMember(member: Member): Uint8Array[] {
  const name = Buffer.from(`${member.path}\0`);
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const numbers = [
    member.inode,
    member.mode,
    0,
    0,
    1,
    0,
    member.content.length,
    0,
    0,
    ...member.device,
    name.length,
    0,
  ];
  const header = MAGIC + numbers.map((number) => number.toString(16).padStart(8, '0').toUpperCase()).join('');
  return [...padded(Buffer.concat([Buffer.from(header, 'latin1'), name])), ...padded(member.content)];
}

function padded(bytes: Uint8Array): Uint8Array[] {
  return [bytes, new Uint8Array((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)];
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'link' ? Buffer.from(entry.destination) : NOTHING;
}

import {SandglassError} from '@sandglass/protocol';

/** Size of a block once it is unpacked, but for the last (lz4's legacy frame format, which `make bzImage` uses). */
const BLOCK_BYTES = 8 * 1024 * 1024;
const MAGIC_BYTES = 4;
const LENGTH_BYTES = 4;
const MIN_MATCH = 4;
const EXTENDED = 15;

/** Unpacks lz4's legacy frames. `unpackedBytes` is the exact size of the result; anything else is refused. */
export function unpackLegacyLz4(packed: Buffer, unpackedBytes: number): Buffer {
  const target = Buffer.alloc(unpackedBytes);
  let filled = 0;
  for (let at = MAGIC_BYTES; at + LENGTH_BYTES <= packed.length && filled < unpackedBytes; ) {
    const length = packed.readUInt32LE(at);
    at += LENGTH_BYTES;
    if (length > packed.length - at) throw damaged('a block passes the end');
    filled = unpackBlock(packed.subarray(at, at + length), target, filled);
    at += length;
  }
  if (filled !== unpackedBytes) throw damaged(`${filled} bytes instead of ${unpackedBytes}`);
  return target;
}

/** One block: runs of literal bytes, each followed by a copy of what came before. Returns where the target ends now. */
function unpackBlock(block: Buffer, target: Buffer, start: number): number {
  const end = Math.min(target.length, start + BLOCK_BYTES);
  let from = 0;
  let to = start;
  const extend = (count: number): number => {
    let total = count;
    for (let more = 255; count === EXTENDED && more === 255; total += more) more = byteAt(block, from++);
    return total;
  };
  while (from < block.length) {
    const token = byteAt(block, from++);
    const literals = extend(token >> 4);
    if (literals > block.length - from || literals > end - to) throw damaged('a run passes the end');
    block.copy(target, to, from, from + literals);
    from += literals;
    to += literals;
    if (from === block.length) break;
    const distance = byteAt(block, from) | (byteAt(block, from + 1) << 8);
    from += 2;
    const count = extend(token & 15) + MIN_MATCH;
    if (distance === 0 || distance > to - start || count > end - to)
      throw damaged('a copy passes the bounds');
    copyWithin(target, {to, distance, count});
    to += count;
  }
  return to;
}

/** A copy may overlap itself: that is how lz4 writes repetition. */
function copyWithin(
  target: Buffer,
  {to, distance, count}: {readonly to: number; readonly distance: number; readonly count: number},
): void {
  if (distance >= count) target.copyWithin(to, to - distance, to - distance + count);
  else for (let i = 0; i < count; i += 1) target[to + i] = byteAt(target, to + i - distance);
}

function byteAt(buffer: Buffer, at: number): number {
  const byte = buffer[at];
  if (byte === undefined) throw damaged('it is cut off');
  return byte;
}

function damaged(how: string): SandglassError {
  return new SandglassError('isolation-unavailable', `Cannot unpack the guest kernel's lz4 data: ${how}.`);
}

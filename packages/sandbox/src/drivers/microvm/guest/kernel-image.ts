import {readFile} from 'node:fs/promises';
import {gunzipSync, zstdDecompressSync} from 'node:zlib';
import {SandglassError} from '@sandglass/protocol';
import {unpackLegacyLz4} from './lz4.ts';
import {unpackXz} from './xz.ts';

const ELF_MAGIC = 0x7f45_4c46;
const BZIMAGE_MAGIC_AT = 0x202;
const BZIMAGE_MAGIC = 'HdrS';
const SETUP_SECTORS_AT = 0x1f1;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_LENGTH_AT = 0x24c;
const SECTOR_BYTES = 512;
/** What a kernel can sensibly be; a damaged header must not ask for all memory. */
const MAX_KERNEL_BYTES = 512 * 1024 * 1024;

/**
 * The uncompressed kernel (ELF) of a `vmlinuz` or `vmlinux` file. Starting it spares the guest unpacking itself, which takes
 * half a second without KVM. Source: Documentation/arch/x86/boot.rst, fields `payload_offset` and `payload_length`.
 * Throws `isolation-unavailable` for anything that is no x86 kernel.
 */
export async function readVmlinux(path: string): Promise<Buffer> {
  let image: Buffer;
  try {
    image = await readFile(path);
  } catch (error) {
    throw unusable(path, String(error), error);
  }
  try {
    if (image.length > SECTOR_BYTES && image.readUInt32BE(0) === ELF_MAGIC) return image;
    if (image.toString('latin1', BZIMAGE_MAGIC_AT, BZIMAGE_MAGIC_AT + 4) !== BZIMAGE_MAGIC)
      throw unusable(path, 'it is neither a bzImage nor an ELF file');
    return await unpackPayload(path, payloadOf(path, image));
  } catch (error) {
    throw error instanceof SandglassError ? error : unusable(path, String(error), error);
  }
}

function payloadOf(path: string, image: Buffer): Buffer {
  // Zero sectors means four, in images of ancient kernels.
  const setupSectors = image.readUInt8(SETUP_SECTORS_AT) || 4;
  const start = (setupSectors + 1) * SECTOR_BYTES + image.readUInt32LE(PAYLOAD_OFFSET_AT);
  const length = image.readUInt32LE(PAYLOAD_LENGTH_AT);
  if (length < 8 || start + length > image.length) throw unusable(path, 'its payload passes its end');
  return image.subarray(start, start + length);
}

async function unpackPayload(path: string, payload: Buffer): Promise<Buffer> {
  const size = payload.readUInt32LE(payload.length - 4);
  if (size > MAX_KERNEL_BYTES) throw unusable(path, `it claims to unpack to ${size} bytes`);
  const packed = payload.subarray(0, payload.length - 4);
  const bounds = {maxOutputLength: size};
  switch (payload.readUInt32BE(0)) {
    case 0x0221_4c18:
      return checked(path, unpackLegacyLz4(packed, size));
    case 0x28b5_2ffd:
      return checked(path, zstdDecompressSync(packed, bounds));
    case 0xfd37_7a58:
      return checked(path, await unpackXz(packed, size));
    default:
      // Gzip's own last four bytes are the size, so nothing is cut off.
      if (payload.readUInt16BE(0) === 0x1f8b) return checked(path, gunzipSync(payload, bounds));
      throw unusable(
        path,
        `its compression (${payload.toString('hex', 0, 4)}) is unknown; known are lz4, zstd, xz and gzip`,
      );
  }
}

function checked(path: string, kernel: Buffer): Buffer {
  if (kernel.length < SECTOR_BYTES || kernel.readUInt32BE(0) !== ELF_MAGIC)
    throw unusable(path, 'what it unpacks to is no ELF file');
  return kernel;
}

function unusable(path: string, why: string, cause?: unknown): SandglassError {
  return new SandglassError(
    'isolation-unavailable',
    `Cannot use ${path} as the kernel of microVMs: ${why}. Name an x86-64 vmlinuz, vmlinux or Debian package (.deb), or leave the setting out to use Debian's.`,
    {cause},
  );
}

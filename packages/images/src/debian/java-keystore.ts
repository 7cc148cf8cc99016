import {createHash} from 'node:crypto';

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
const SHA1_BYTES = 20;
/** The password that Java expects of its list of certificate authorities, as Debian writes it, and what its format adds. */
const PASSWORD = Buffer.from('changeit', 'utf16le').swap16();
const WHITENER = 'Mighty Aphrodite';

/**
 * Java's list of certificate authorities with this time, in seconds, as the one at which each came in, and its checksum made anew: Debian's
 * package puts it together where it is installed, with the time of day. Null for what is no keystore of this form (JKS, certificates only), which then stays as
 * it is. The format is that of OpenJDK's `JavaKeyStore.java`.
 */
export function withFixedTimes(keystore: Buffer, timeS: number): Buffer | null {
  const fixed = Buffer.from(keystore);
  const end = fixed.length - SHA1_BYTES;
  let at = 12;
  try {
    if (fixed.readUInt32BE(0) !== MAGIC || fixed.readUInt32BE(4) !== VERSION) return null;
    for (let left = fixed.readUInt32BE(8); left > 0; left -= 1) {
      if (fixed.readUInt32BE(at) !== TRUSTED_CERTIFICATE) return null;
      at += 4;
      at += 2 + fixed.readUInt16BE(at); // Alias.
      at = fixed.writeBigUInt64BE(BigInt(timeS) * 1000n, at);
      at += 2 + fixed.readUInt16BE(at); // Kind of certificate.
      at += 4 + fixed.readUInt32BE(at);
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  if (at !== end || !checksum(keystore.subarray(0, end)).equals(keystore.subarray(end))) return null;
  checksum(fixed.subarray(0, end)).copy(fixed, end);
  return fixed;
}

function checksum(content: Buffer): Buffer {
  return createHash('sha1').update(PASSWORD).update(WHITENER).update(content).digest();
}

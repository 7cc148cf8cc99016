import {createCipheriv, createDecipheriv, hkdfSync, randomBytes} from 'node:crypto';

const CIPHER = 'aes-256-gcm';
/** Changes with the layout, so that records of another version are not found valid. */
const PURPOSE = 'sandglass shared cache 1';
const KEY_BYTES = 32;
/** NIST SP 800-38D, 8.2.2: random nonces of 96 bits are safe for far more records than one secret will ever seal. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals records for a store that others can write to: whoever does not have the secret can neither read a record nor make one that is
 * taken for ours, nor put one of ours under another key.
 */
export class SecretSeal {
  readonly #key: Buffer;

  /** @param secret at least 32 characters that nobody can guess; all who share a store have the same. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
  }

  seal(key: string, content: readonly Uint8Array[]): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, {authTagLength: TAG_BYTES});
    cipher.setAAD(Buffer.from(key));
    const sealed = content.map((part) => cipher.update(part));
    const last = cipher.final();
    return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed, last]);
  }

  /** The content, or null when the record was not sealed with this secret for this key. */
  open(key: string, record: Buffer): Buffer | null {
    const contentAt = NONCE_BYTES + TAG_BYTES;
    if (record.length < contentAt) return null;
    const decipher = createDecipheriv(CIPHER, this.#key, record.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(key));
    decipher.setAuthTag(record.subarray(NONCE_BYTES, contentAt));
    const content = decipher.update(record.subarray(contentAt));
    try {
      decipher.final();
    } catch {
      // The one way in which Node says that the tag does not fit.
      return null;
    }
    return content;
  }
}

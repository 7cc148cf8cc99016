/**
 * Cuts a byte stream only between characters: an incomplete UTF-8 sequence at the end of a chunk is held back (at most three
 * bytes) until the next one completes it. Bytes that are not UTF-8 pass through unchanged.
 */
export class Utf8Splitter {
  #held: Uint8Array = new Uint8Array();

  /** Takes a chunk and returns what can be handed on; possibly nothing. */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const cut = bytes.length - incompleteTailLength(bytes);
    // A copy, not a view: three held bytes must not keep a large chunk alive.
    this.#held = new Uint8Array(bytes.subarray(cut));
    return bytes.subarray(0, cut);
  }

  /** The stream has ended: returns what was held back, which is then no complete character. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = new Uint8Array();
    return held;
  }
}

/** How many bytes at the end begin a sequence that needs more (RFC 3629 section 4); 0 to 3. */
function incompleteTailLength(bytes: Uint8Array): number {
  const furthest = Math.min(3, bytes.length);
  for (let length = 1; length <= furthest; length++) {
    const byte = bytes[bytes.length - length] ?? 0;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (!isContinuation) return sequenceLength(byte) > length ? length : 0;
  }
  return 0;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  return 1;
}

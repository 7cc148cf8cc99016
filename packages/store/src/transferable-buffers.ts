/** Below this, copying bytes to the other thread is cheaper than handing their buffer over. */
const MIN_TRANSFER_BYTES = 64 * 1024;

/** The buffers of those large byte strings that own their whole buffer, and so can be handed to another thread uncopied. */
export function transferableBuffers(byteStrings: Iterable<Uint8Array | null>): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const bytes of byteStrings) {
    if (bytes === null || bytes.byteLength < MIN_TRANSFER_BYTES) continue;
    const {buffer} = bytes;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffers.add(buffer);
  }
  return [...buffers];
}

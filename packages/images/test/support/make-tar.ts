/** Archives as only a test makes them: nothing is checked, so that they can be as wrong as a stranger's. */
export interface TarItem {
  readonly name: string | Buffer;
  /** Default: a file. */
  readonly type?: string;
  readonly linkName?: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly modifiedAtS?: number;
  /** Instead of the content's length. */
  readonly size?: number;
  /** Instead of the right one. */
  readonly checksum?: number;
}

const BLOCK_BYTES = 512;

export function makeTar(items: readonly TarItem[]): Buffer {
  return Buffer.concat([...items.flatMap(tarItem), Buffer.alloc(2 * BLOCK_BYTES)]);
}

/** An extended header for the item after it. */
export function pax(records: Readonly<Record<string, string>>): TarItem {
  const content = Object.entries(records)
    .map(([keyword, value]) => {
      const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
      const digits = String(rest + String(rest).length).length;
      return `${rest + digits} ${keyword}=${value}\n`;
    })
    .join('');
  return {name: 'pax', type: 'x', content};
}

function tarItem(item: TarItem): Buffer[] {
  const content = Buffer.from(item.content ?? '');
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(Buffer.from(item.name).subarray(0, 100), 0);
  block.write((item.mode ?? 0o644).toString(8).padStart(7, '0'), 100, 'latin1');
  block.write((item.size ?? content.length).toString(8).padStart(11, '0'), 124, 'latin1');
  block.write((item.modifiedAtS ?? 0).toString(8).padStart(11, '0'), 136, 'latin1');
  block.write(item.type ?? '0', 156, 'latin1');
  block.write(item.linkName ?? '', 157, 'utf8');
  block.write('ustar\u000000', 257, 'latin1');
  block.fill(0x20, 148, 156);
  const sum = item.checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [block, content, Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES)];
}

/** A buffer as it could come over a wire: in pieces that keep to no boundary. */
export async function* inPieces(buffer: Buffer, bytes = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < buffer.length; at += bytes) yield buffer.subarray(at, at + bytes);
}

import {parseWorkspace} from '../workspace/parse-workspace.ts';
import type {Workspace} from '../workspace/workspace.ts';

/** A link may hold little that unfolds to much; this is more than any page of code, and little for a browser. */
const MAX_UNPACKED_BYTES = 4 * 1024 * 1024;
const PREFIX = '#code=';

/** The fragment of a link that holds the workspace itself, compressed. A fragment is never sent to any server (RFC 3986 section 3.5). */
export async function toShareFragment(workspace: Workspace): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(workspace));
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return PREFIX + toBase64Url(new Uint8Array(await new Response(packed).arrayBuffer()));
}

/** The workspace in a fragment; null when the fragment is no such link, or a damaged one. */
export async function fromShareFragment(fragment: string): Promise<Workspace | null> {
  if (!isShareFragment(fragment)) return null;
  try {
    const packed = new Blob([fromBase64Url(fragment.slice(PREFIX.length))]).stream();
    const text = await readBounded(packed.pipeThrough(new DecompressionStream('deflate-raw')));
    return parseWorkspace(JSON.parse(text));
  } catch {
    // Cut off while it was copied, or made by hand: the caller says that the link is damaged.
    return null;
  }
}

export function isShareFragment(fragment: string): boolean {
  return fragment.startsWith(PREFIX);
}

async function readBounded(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  // Not every browser lets one loop over a stream.
  const reader = stream.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return await new Blob(chunks).text();
    bytes += value.length;
    if (bytes > MAX_UNPACKED_BYTES)
      throw new RangeError(`The link unpacks to more than ${MAX_UNPACKED_BYTES} bytes.`);
    chunks.push(value);
  }
}

function toBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

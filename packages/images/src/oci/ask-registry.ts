import {createHash} from 'node:crypto';
import {basename} from 'node:path';
import type {ImageBounds} from '../bounds.ts';
import {refused} from '../refusal.ts';
import {fittingImage, MAX_INDEX_DEPTH, parseDocument} from './oci-documents.ts';
import type {OciIndex, OciManifest} from './oci-schemas.ts';
import {Patience} from './patience.ts';
import {type RegistryAccess, runSkopeo} from './skopeo.ts';

/** An image of a registry as it was when it was asked. */
export interface AnnouncedImage {
  /** Of what the reference names: an image, or a list with one for each processor. */
  readonly digest: string;
  /** The image for this machine by its digest, so that nothing else can come in its place. */
  readonly exactText: string;
  /** Of all layers together; null for an old form of manifest, which does not say. */
  readonly bytes: number | null;
}

/** Asks a registry what it has, without fetching it. Throws `image-unavailable`, and `image-refused` for answers past the bounds. */
export async function askRegistry(
  text: string,
  {
    access,
    folder,
    bounds,
    signal,
  }: {
    readonly access: RegistryAccess;
    /** For temporary files. */
    readonly folder: string;
    readonly bounds: ImageBounds;
    readonly signal: AbortSignal | undefined;
  },
): Promise<AnnouncedImage> {
  using patience = new Patience(text, bounds.silenceMs);
  const ask = async (reference: string): Promise<Buffer> => {
    const answer = await runSkopeo(['--raw', reference], access, {
      verb: 'inspect',
      folder,
      signal: signal === undefined ? patience.signal : AbortSignal.any([patience.signal, signal]),
    });
    const [, pinned] = reference.split('@');
    if (pinned !== undefined && digestOf(answer) !== pinned)
      throw refused(`Cannot take ${text}: the registry answers with another image than it was asked for.`);
    return answer;
  };
  let answer = await ask(text);
  const digest = digestOf(answer);
  let exactText = byDigest(text, digest);
  for (let depth = 0; isIndex(answer); depth += 1) {
    if (depth === MAX_INDEX_DEPTH)
      throw refused(`Cannot take ${text}: its indexes are nested more than ${MAX_INDEX_DEPTH} deep.`);
    const index: OciIndex = parseDocument('index', answer);
    exactText = byDigest(text, fittingImage(index).digest);
    answer = await ask(exactText);
  }
  return {digest, exactText, bytes: announcedBytes(text, answer, bounds)};
}

function announcedBytes(text: string, answer: Buffer, bounds: ImageBounds): number | null {
  if (hasField(answer, 'fsLayers')) return null;
  const {layers}: OciManifest = parseDocument('manifest', answer);
  if (layers.length > bounds.layers)
    throw refused(`Cannot take ${text}: it has ${layers.length} layers, at most ${bounds.layers} are taken.`);
  const bytes = layers.reduce((sum, {size}) => sum + size, 0);
  if (bytes > bounds.totalBytes)
    throw refused(
      `Cannot take ${text}: its layers have ${bytes} bytes, at most ${bounds.totalBytes} are taken.`,
    );
  return bytes;
}

/** The same name with a digest in place of its tag. */
function byDigest(text: string, digest: string): string {
  const last = basename(text);
  return `${text.slice(0, text.length - last.length)}${last.replace(/[:@].*$/, '')}@${digest}`;
}

function digestOf(document: Buffer): string {
  return `sha256:${createHash('sha256').update(document).digest('hex')}`;
}

function isIndex(document: Buffer): boolean {
  return hasField(document, 'manifests');
}

function hasField(document: Buffer, name: string): boolean {
  try {
    const value: unknown = JSON.parse(document.toString('utf8'));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  } catch {
    return false; // Said by whoever reads it.
  }
}

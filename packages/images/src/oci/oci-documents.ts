import {refused} from '../refusal.ts';
import {OCI_DOCUMENTS, type OciDescriptor, type OciIndex} from './oci-schemas.ts';

/** An index in an index in an index is nobody's image. */
export const MAX_INDEX_DEPTH = 3;

/** Node's name of the processor to OCI's, which is Go's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {x64: 'amd64', arm64: 'arm64'};

/** This machine's processor, as OCI calls it. */
export const OWN_ARCHITECTURE = ARCHITECTURES[process.arch] ?? process.arch;

/** Reads a document of an image. Throws `image-refused` for what the specification does not know. */
export function parseDocument<Kind extends keyof typeof OCI_DOCUMENTS>(kind: Kind, text: Buffer) {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw refused(`Cannot take the image: its ${kind} is not JSON.`, cause);
  }
  if (!OCI_DOCUMENTS[kind].Check(value))
    throw refused(`Cannot take the image: its ${kind} is not as the OCI image specification has it.`);
  return value as never; // The compiled schema has just accepted it; the caller names the type.
}

/** The image for this machine. Throws `image-refused` when there is none. */
export function fittingImage({manifests}: OciIndex): OciDescriptor {
  const fitting = manifests.find(
    ({platform}) => platform?.os === 'linux' && platform.architecture === OWN_ARCHITECTURE,
  );
  if (fitting !== undefined) return fitting;
  throw refused(`Cannot take the image: it has none for linux on ${OWN_ARCHITECTURE}.`);
}

import {SandglassError} from '@sandglass/protocol';

/** Where an OCI image is. */
export type ImageReference =
  | {readonly kind: 'registry'; readonly text: string}
  /** A folder as the OCI image layout specification has it. */
  | {readonly kind: 'layout'; readonly folder: string; readonly name: string | null; readonly text: string}
  /** The same in one archive. */
  | {
      readonly kind: 'layout-archive';
      readonly file: string;
      readonly name: string | null;
      readonly text: string;
    }
  /** A file of `docker save`, which skopeo makes a layout of. */
  | {readonly kind: 'archive'; readonly text: string};

/** Reads `python:3.12`, `docker://host:5000/name@sha256:…`, `oci:FOLDER[:NAME]`, `oci-archive:FILE[:NAME]`, `docker-archive:FILE[:NAME]`. Throws `invalid-request`. */
export function parseReference(text: string): ImageReference {
  if (/[\p{Cc}\s]/u.test(text) || text === '' || text.startsWith('-') || text.length > 1024)
    throw refusal(text, 'it is empty, over-long or has blanks');
  const [transport = ''] = text.split(':');
  switch (transport) {
    case 'oci': {
      const [, folder = '', name = null] = /^oci:([^:]+)(?::(.+))?$/.exec(text) ?? [];
      if (folder === '') throw refusal(text, 'it names no folder');
      return {kind: 'layout', folder, name, text};
    }
    case 'oci-archive': {
      const [, file = '', name = null] = /^oci-archive:([^:]+)(?::(.+))?$/.exec(text) ?? [];
      if (file === '') throw refusal(text, 'it names no file');
      return {kind: 'layout-archive', file, name, text};
    }
    case 'docker-archive':
      return {kind: 'archive', text};
    case 'docker':
      if (!text.startsWith('docker://')) throw refusal(text, 'it should begin with docker://');
      refusePassword(text);
      return {kind: 'registry', text};
    default:
      if (text.includes('://')) throw refusal(text, `"${transport}" is not known`);
      refusePassword(text);
      return {kind: 'registry', text: `docker://${text}`};
  }
}

/** `user:password@host` would be shown to every user of the machine in the list of processes. */
function refusePassword(text: string): void {
  if (/@(?!sha256:[0-9a-f]{64}$)/.test(text))
    throw refusal(text.replace(/\/\/.*@/, '//…@'), 'it holds credentials; give them with --auth-file');
}

function refusal(text: string, why: string): SandglassError {
  return new SandglassError(
    'invalid-request',
    `Cannot use ${JSON.stringify(text.slice(0, 200))} as an image: ${why}. Use NAME:TAG, docker://HOST/NAME:TAG, oci:FOLDER, oci-archive:FILE or docker-archive:FILE.`,
  );
}

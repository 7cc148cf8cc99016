import {isUtf8} from 'node:buffer';
import {SandglassError} from '@sandglass/protocol';
import {parseJson} from './parse-json.ts';

/** Content of 32 MiB and the JSON around it; a body of 33 MiB is refused. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024 + 64 * 1024;

/**
 * Parses a request body (RFC 8259: UTF-8, nothing else). Bytes that are not UTF-8 are refused rather than replaced, because
 * a program with replaced characters is another program. Throws `malformed-json` or `unsupported-media-type`.
 */
export function readJson(body: Buffer, contentType: string | undefined): unknown {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new SandglassError(
      'unsupported-media-type',
      `Cannot read the body: its character set is "${charset}" but JSON is sent as UTF-8.`,
    );
  if (body.length === 0)
    throw new SandglassError('malformed-json', 'Cannot read the body: it is empty. Send a JSON object.');
  if (!isUtf8(body))
    throw new SandglassError(
      'malformed-json',
      'Cannot read the body: it is not valid UTF-8. Send bytes as base64.',
    );
  return parseJson(body.toString('utf8'), 'body');
}

import {createHash} from 'node:crypto';
import {SandglassError} from '@sandglass/protocol';
import type {IdempotencyClaim} from '@sandglass/store';

/** How long a key stands for its request. */
const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Printable ASCII, long enough for any UUID or hash. */
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/**
 * The claim of a request with an `Idempotency-Key`: the same key and body within 24 hours is the same request. Bodies are
 * compared as JSON values: order of fields and white space do not count. Null without a key; throws `invalid-request`.
 */
export function idempotencyClaim(
  key: string | undefined,
  request: {readonly owner: string; readonly path: string; readonly body: unknown},
): IdempotencyClaim | null {
  if (key === undefined) return null;
  if (!KEY_FORM.test(key))
    throw new SandglassError(
      'invalid-request',
      'Cannot accept the run: the Idempotency-Key is not 1 to 255 printable ASCII characters without spaces. A UUID is a good key.',
    );
  const requestHash = createHash('sha256')
    .update(`${request.path}\n${canonicalJson(request.body)}`)
    .digest('hex');
  return {
    owner: request.owner,
    key,
    requestHash,
    expiresAt: new Date(Date.now() + KEY_LIFETIME_MS).toISOString(),
  };
}

/** JSON with the members of every object in one order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

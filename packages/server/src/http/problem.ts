import {ERROR_CODES, type ErrorCode, type Problem, type SandglassError} from '@sandglass/protocol';

export const PROBLEM_TYPE = 'application/problem+json';

/** HTTP status of each code; the only place where the two meet. `docs/errors.md` lists the same pairs. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  'malformed-json': 400,
  'invalid-request': 400,
  'unsupported-media-type': 415,
  'body-too-large': 413,
  'headers-too-large': 431,
  'request-timeout': 408,
  'unknown-language': 422,
  'language-unavailable': 422,
  'unknown-image': 422,
  'image-refused': 422,
  'image-unavailable': 503,
  'limit-too-high': 422,
  'isolation-unavailable': 422,
  'network-not-allowed': 422,
  'unsupported-feature': 422,
  'callback-refused': 422,
  'not-found': 404,
  'method-not-allowed': 405,
  'idempotency-conflict': 409,
  'already-exists': 409,
  'changed-meanwhile': 412,
  'precondition-required': 428,
  'archive-refused': 422,
  'assignment-closed': 409,
  'storage-full': 422,
  unauthorized: 401,
  forbidden: 403,
  'rate-limited': 429,
  'quota-exceeded': 429,
  'server-full': 503,
  'shutting-down': 503,
  'not-ready': 503,
  'isolation-failed': 503,
  'launcher-lost': 503,
  'sandbox-lost': 503,
  'agent-protocol-violation': 500,
  'file-unavailable': 500,
  'exec-failed': 500,
  'store-failed': 503,
  'queue-failed': 503,
  'schema-too-new': 500,
  'configuration-invalid': 500,
  cancelled: 500,
  'internal-error': 500,
};

/** When trying again makes sense although the error names no time. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** The body of the answer to a request that failed with this error. */
export function toProblem(error: SandglassError): Problem {
  return {
    type: `urn:sandglass:problem:${error.code}`,
    title: ERROR_CODES[error.code],
    status: HTTP_STATUS[error.code],
    detail: error.message,
    code: error.code,
    ...(error.fields.length > 0 ? {errors: error.fields.map(({path, message}) => ({path, message}))} : {}),
  };
}

/** Value of `Retry-After` (RFC 9110 section 10.2.3), which every 429 and 503 carries; null for other statuses. */
export function retryAfterSeconds(error: SandglassError): number | null {
  const status = HTTP_STATUS[error.code];
  if (status !== 429 && status !== 503) return null;
  return Math.max(1, Math.ceil(error.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS));
}

import {SandglassError} from '@sandglass/protocol';

/** Faults of the HTTP layer by the code that Fastify gives them, in our words. */
const FRAMEWORK_ERRORS: Readonly<Record<string, () => SandglassError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new SandglassError(
      'body-too-large',
      'Cannot read the body: it is larger than 32 MiB. Send less, or fewer runs at once.',
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new SandglassError(
      'unsupported-media-type',
      'Cannot read the body: its type is not application/json. Send the header "Content-Type: application/json".',
    ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new SandglassError(
      'invalid-request',
      'Cannot read the body: its length differs from the Content-Length header.',
    ),
  FST_ERR_BAD_URL: () =>
    new SandglassError('invalid-request', 'Cannot read the address: its percent-encoding is broken.'),
  FST_ERR_INVALID_URL: () =>
    new SandglassError('invalid-request', 'Cannot read the address: it is not a valid URL path.'),
};

/** The error as one of ours. What nobody foresaw becomes `internal-error`, whose cause stays in the log and out of the answer. */
export function toKnownError(error: unknown): SandglassError {
  if (error instanceof SandglassError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = FRAMEWORK_ERRORS[code]?.();
  if (known !== undefined) return known;
  return new SandglassError(
    'internal-error',
    'Cannot answer the request: a fault inside Sandglass. The log of the server says more; please report it.',
    {cause: error},
  );
}

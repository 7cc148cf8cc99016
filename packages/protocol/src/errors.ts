/** A field of a request that broke a rule. `path` is a JSON pointer such as `/limits/wallTimeMs`. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Every error that Sandglass itself can answer with: code → what it means. Codes are stable and never reused;
 * `docs/errors.md` lists the same codes and a test compares the two. The HTTP status is mapped in `server`.
 */
export const ERROR_CODES = {
  'malformed-json': 'The body is not valid JSON.',
  'invalid-request': 'A field is missing, unknown, of the wrong type or out of its form.',
  'unsupported-media-type': 'The body is not application/json.',
  'body-too-large': 'The body is larger than the server accepts.',
  'headers-too-large': 'The header fields of the HTTP request are larger than the server accepts.',
  'request-timeout': 'The HTTP request did not arrive completely in time.',
  'unknown-language': 'No language has this id, alias or version.',
  'language-unavailable': 'The language is known but its toolchain is not installed or does not run here.',
  'unknown-image': 'No image has this name, or this server does not offer it.',
  'image-refused': 'An image or archive is hostile, damaged or larger than is taken.',
  'image-unavailable': 'The source of an image cannot be had: a tool, mirror or registry is missing.',
  'limit-too-high': 'A limit is above the maximum of this server.',
  'isolation-unavailable': 'The isolation level is not allowed or not possible here.',
  'network-not-allowed': 'The operator does not allow this network access.',
  'unsupported-feature': 'The request uses a feature that this server does not offer.',
  'callback-refused': 'The callback address is not a public http or https address.',
  'not-found': 'Nothing has this address or id.',
  'method-not-allowed': 'The address exists, but not for this method.',
  'idempotency-conflict': 'The Idempotency-Key was used with another body.',
  'already-exists': 'Something of this name exists already.',
  'changed-meanwhile': 'Somebody else has changed it since it was read.',
  'precondition-required': 'The request must say which version it changes.',
  'archive-refused': 'The zip archive cannot be taken.',
  'assignment-closed': 'The assignment takes no submission now: it is not open, or no attempt is left.',
  'storage-full': 'The bound on the number or size of kept things is reached.',
  unauthorized: 'Credentials are missing or wrong.',
  forbidden: 'The credentials do not allow this.',
  'rate-limited': 'Too many requests.',
  'quota-exceeded': 'The quota of the day is used up.',
  'server-full': 'The queue is full or no sandbox became free in time.',
  'shutting-down': 'The server is about to stop and takes no new runs.',
  'not-ready': 'A part that the server needs is not available.',
  'isolation-failed': 'A sandbox or one of its limits could not be set up.',
  'launcher-lost': 'The sandbox launcher ended; it is started again.',
  'sandbox-lost': 'A sandbox ended or went silent while in use.',
  'agent-protocol-violation': 'The agent of a sandbox broke its protocol; the sandbox was destroyed.',
  'file-unavailable': 'A file in the sandbox could not be written or read.',
  'exec-failed': 'The program could not be started in the sandbox.',
  'store-failed': 'The run store could not be read or written.',
  'queue-failed': 'The broker that hands out runs could not be reached.',
  'schema-too-new': 'The database was written by a newer version of Sandglass.',
  'configuration-invalid': 'A setting is unknown or has a wrong value.',
  cancelled: 'The operation was cancelled by its caller.',
  'internal-error': 'A fault inside Sandglass.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface SandglassErrorOptions {
  readonly cause?: unknown;
  /** Fields at fault, for answers to a client. */
  readonly fields?: readonly FieldProblem[];
  /** Seconds after which trying again makes sense. Errors of our own that carry it are retried. */
  readonly retryAfterSeconds?: number;
}

/** The one base of errors thrown by Sandglass; `code` tells causes apart, `message` is for people. */
export class SandglassError extends Error {
  override readonly name = 'SandglassError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: SandglassErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

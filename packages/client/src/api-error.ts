import type {FieldProblem, Problem} from '@sandglass/protocol';

/** The server answered with a problem (RFC 9457). `code` tells causes apart and is stable; see docs/errors.md. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: Problem['code'] | 'unexpected-answer';
  readonly status: number;
  /** Fields of the request at fault, as JSON pointers. */
  readonly fields: readonly FieldProblem[];
  /** Seconds to wait before trying again makes sense; set for 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    facts: Pick<ApiError, 'code' | 'status'> & Partial<Pick<ApiError, 'fields' | 'retryAfterSeconds'>>,
  ) {
    super(message);
    this.code = facts.code;
    this.status = facts.status;
    this.fields = facts.fields ?? [];
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** No answer arrived: the server is not there, or the connection broke. `cause` is what `fetch` threw. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** Turns an answer that is not a success into the error to throw. Something between us and the server may have made it. */
export async function toApiError(response: Response): Promise<ApiError> {
  const {status} = response;
  const text = await response.text();
  const retryAfterSeconds = parseRetryAfter(response.headers.get('retry-after'));
  const problem = response.headers.get('content-type')?.includes('problem+json') ? parseProblem(text) : null;
  if (problem !== null) {
    const {code, detail, errors} = problem;
    return new ApiError(detail, {code, status, fields: errors ?? [], retryAfterSeconds});
  }
  const message = `The server answered ${status} without saying why: ${text.slice(0, 200)}`;
  return new ApiError(message, {code: 'unexpected-answer', status, retryAfterSeconds});
}

function parseProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
    // The two fields that are used are there; the media type vouches for the rest.
    return isProblem ? (value as Problem) : null;
  } catch {
    // Cut off or not JSON: reported as an unexpected answer, with its text.
    return null;
  }
}

function parseRetryAfter(header: string | null): number | undefined {
  const seconds = Number(header);
  return header === null || !Number.isFinite(seconds) ? undefined : seconds;
}

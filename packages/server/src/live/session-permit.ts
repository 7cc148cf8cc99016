import {type ErrorCode, SandglassError} from '@sandglass/protocol';

/**
 * What was decided about the run of a live session by a process that knows the client's allowance, for the one that executes the run. A refusal is told
 * in the session's own protocol, because browsers show pages nothing of a refused handshake.
 */
export type SessionPermit =
  | {readonly kind: 'granted'; readonly runId: string}
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };

export function refusalBy({code, message, retryAfterSeconds}: SandglassError): SessionPermit {
  return {kind: 'refused', code, message, ...(retryAfterSeconds === undefined ? {} : {retryAfterSeconds})};
}

/** The id that the session's run is to have; null when that is up to whoever accepts it. Throws the refusal. */
export function permittedRunId(permit: SessionPermit | undefined): string | null {
  if (permit === undefined) return null;
  if (permit.kind === 'granted') return permit.runId;
  const {code, message, ...options} = permit;
  throw new SandglassError(code, message, options);
}

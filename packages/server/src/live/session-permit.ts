import {type ErrorCode, SandglassError} from '@sandglass/protocol';

/**
 * What was decided about the run of a live session by a process that knows the client's allowance, for the one that executes the run. A refusal is told
 * in the session's own protocol, because browsers show pages nothing of a refused handshake.
 */
export type SessionPermit =
  | {
      readonly kind: 'granted';
      readonly runId: string;
      /** By `performance.now()` of the process that executes the run, which sets it when the session opens. */
      readonly validUntilMs?: number;
    }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };

/** A place that is taken without a run is given back after a minute (`settle-left-runs.ts`); a run that began later would have none. */
const VALID_MS = 45_000;

/** From now on the session has so long to start its run. */
export function validFromNow(permit: SessionPermit): SessionPermit {
  return permit.kind === 'granted' ? {...permit, validUntilMs: performance.now() + VALID_MS} : permit;
}

export function refusalBy({code, message, retryAfterSeconds}: SandglassError): SessionPermit {
  return {kind: 'refused', code, message, ...(retryAfterSeconds === undefined ? {} : {retryAfterSeconds})};
}

/** The id that the session's run is to have; null when that is up to whoever accepts it. Throws the refusal. */
export function permittedRunId(permit: SessionPermit | undefined): string | null {
  if (permit === undefined) return null;
  if (permit.kind === 'granted') {
    if (performance.now() <= (permit.validUntilMs ?? 0)) return permit.runId;
    throw new SandglassError(
      'rate-limited',
      `Cannot start the run: the session was open for more than ${VALID_MS / 1000} s without one, and its place was given back. Open another session.`,
      {retryAfterSeconds: 1},
    );
  }
  const {code, message, ...options} = permit;
  throw new SandglassError(code, message, options);
}

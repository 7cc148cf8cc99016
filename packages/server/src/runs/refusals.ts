import {SandglassError} from '@sandglass/protocol';

/** Also for another owner's things: nobody learns that they exist. */
export function notFound(kind: 'run' | 'batch', id: string): SandglassError {
  return new SandglassError(
    'not-found',
    `Cannot find ${kind} ${id}: it never existed, is not yours, or was deleted when its retention ended.`,
  );
}

/** New runs are refused from the first signal on. */
export function shuttingDown(): SandglassError {
  return new SandglassError(
    'shutting-down',
    'Cannot accept the run: the server is stopping. Try again shortly.',
    {
      retryAfterSeconds: 5,
    },
  );
}

/** One key stands for one request. */
export function idempotencyConflict(key: string): SandglassError {
  return new SandglassError(
    'idempotency-conflict',
    `Cannot accept the run: the Idempotency-Key "${key}" was used for another request within 24 hours. Use a new key for a new request.`,
  );
}

import {SandglassError} from '@sandglass/protocol';

/** The most that one request may wait, in milliseconds: proxies close quiet connections not much later. */
export const MAX_WAIT_MS = 60_000;

/** Text that the `wait` parameter takes. */
export const WAIT_PATTERN = '^(true|false|[0-9]{1,9})$';

/** How long a request wants to wait: null without a bound, 0 not at all. Throws `invalid-request` above the maximum. */
export function parseWait(text: string | undefined): number | null {
  if (text === undefined || text === 'false') return 0;
  if (text === 'true') return null;
  const waitMs = Number(text);
  if (waitMs > MAX_WAIT_MS)
    throw new SandglassError(
      'invalid-request',
      `Cannot wait ${waitMs} ms: wait is at most ${MAX_WAIT_MS}. Ask again when the answer is not finished yet.`,
      {fields: [{path: '?wait', message: `must be at most ${MAX_WAIT_MS}`}]},
    );
  return waitMs;
}

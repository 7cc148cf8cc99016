import {SandglassError} from '@sandglass/protocol';

/** Milliseconds since 1970 of an RFC 3339 time. Throws `internal-error` when it is not one: callers make these themselves. */
export function toMilliseconds(time: string): number {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds))
    throw new SandglassError(
      'internal-error',
      `Cannot store the time "${time}": it must be RFC 3339 in UTC, such as 2026-01-31T12:00:00.000Z.`,
    );
  return milliseconds;
}

/** RFC 3339, UTC, milliseconds. */
export function toRfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

import {SandglassError} from '@sandglass/protocol';

/** The last run of a page; the next page begins after it, newest first. */
export interface ListPosition {
  readonly createdAtMs: number;
  readonly id: string;
}

const POSITION = /^(\d{1,16}):(.{1,200})$/su;

export function encodeCursor({createdAtMs, id}: ListPosition): string {
  return Buffer.from(`${createdAtMs}:${id}`).toString('base64url');
}

/** Throws `invalid-request` for anything that {@link encodeCursor} has not written. */
export function decodeCursor(cursor: string): ListPosition {
  const match = POSITION.exec(Buffer.from(cursor, 'base64url').toString());
  const position = {createdAtMs: Number(match?.[1]), id: match?.[2] ?? ''};
  // The decoder skips characters outside its alphabet, so only the round trip shows that the cursor is ours.
  if (match === null || encodeCursor(position) !== cursor)
    throw new SandglassError('invalid-request', 'The cursor is not one that this server gave out.', {
      fields: [{path: '/cursor', message: 'must be the nextCursor of the previous page, unchanged'}],
    });
  return position;
}

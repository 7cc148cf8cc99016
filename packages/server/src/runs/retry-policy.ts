import {SandglassError} from '@sandglass/protocol';

/** Only faults of our own are tried again, and only so often: a run that breaks the server must not do it for ever. */
export const MAX_ATTEMPTS = 3;
/** Waiting for a free sandbox is no fault of anybody; five minutes of it with the usual delay of a few seconds. */
const MAX_WAITS_FOR_ROOM = 100;
const FIRST_DELAY_MS = 200;
const DELAY_FACTOR = 4;
const ROOM_DELAY_MS = 1000;

/** Codes that would come back however often one tried. */
const PERMANENT_CODES: ReadonlySet<string> = new Set([
  'unknown-language',
  'language-unavailable',
  'unknown-image',
  'image-refused',
  'image-unavailable',
  'isolation-unavailable',
  'network-not-allowed',
  'invalid-request',
  'unsupported-feature',
]);

/** What to do after an attempt that ended in an error. */
export type NextStep = {readonly kind: 'retry'; readonly delayMs: number} | {readonly kind: 'give-up'};

/** How often a run met which kind of trouble. */
export interface AttemptTrouble {
  /** Attempts that ended in a fault, this one included. */
  readonly faults: number;
  /** Attempts that found no free sandbox, this one included. */
  readonly waitsForRoom: number;
}

/** Decides by what was thrown and how often it was tried. Delays grow: 200 ms, 800 ms. */
export function nextStep(error: unknown, {faults, waitsForRoom}: AttemptTrouble): NextStep {
  if (isForWantOfRoom(error)) {
    if (waitsForRoom >= MAX_WAITS_FOR_ROOM) return {kind: 'give-up'};
    return {kind: 'retry', delayMs: error.retryAfterSeconds ? error.retryAfterSeconds * 1000 : ROOM_DELAY_MS};
  }
  if (error instanceof SandglassError && PERMANENT_CODES.has(error.code)) return {kind: 'give-up'};
  if (faults >= MAX_ATTEMPTS) return {kind: 'give-up'};
  return {kind: 'retry', delayMs: FIRST_DELAY_MS * DELAY_FACTOR ** (faults - 1)};
}

/** No sandbox became free in time: the run is as good as before. */
export function isForWantOfRoom(error: unknown): error is SandglassError {
  return error instanceof SandglassError && error.code === 'server-full';
}

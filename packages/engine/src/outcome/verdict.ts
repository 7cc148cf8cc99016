import type {LimitName} from '@sandglass/protocol';

/** Which bound struck, as finely as the facts tell it. */
export const LIMIT_CAUSES = [
  'wall-time',
  'cpu-time',
  'memory',
  'runtime-memory',
  'output',
  'disk-space',
  'disk-files',
  'file-size',
  'processes',
] as const;
export type LimitCause = (typeof LIMIT_CAUSES)[number];

/** Why a program ended, decided from facts alone; the outcome of a run and the words about it both follow from it. */
export type Verdict =
  | {readonly kind: 'ok'}
  | {readonly kind: 'failed'; readonly exitCode: number}
  | {readonly kind: 'signaled'; readonly signal: string}
  | {readonly kind: 'limit'; readonly cause: LimitCause}
  | {readonly kind: 'cancelled'};

/** The limit of the request behind each cause. */
export const CAUSE_LIMITS: Readonly<Record<LimitCause, LimitName>> = {
  'wall-time': 'wallTimeMs',
  'cpu-time': 'cpuTimeMs',
  memory: 'memoryBytes',
  'runtime-memory': 'memoryBytes',
  output: 'outputBytes',
  'disk-space': 'diskBytes',
  'disk-files': 'diskBytes',
  'file-size': 'fileBytes',
  processes: 'processes',
};

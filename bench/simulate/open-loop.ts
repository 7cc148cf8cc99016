import {setTimeout as delay} from 'node:timers/promises';
import type {SandglassRunEnd} from '../subjects/sandglass-subject.ts';
import {arrivalGaps} from './arrivals.ts';
import {Random} from './random.ts';

export interface OpenLoopEnd {
  /** From when the run was due, whether or not it could be sent then: a client that waits for its turn waits, too. */
  readonly totalMs: number;
  readonly queuedMs: number;
}

/** Sends runs when they are due, however many are under way: Poisson arrivals of so many a second for so long. Returns when all are answered. */
export async function openLoop(
  run: () => Promise<SandglassRunEnd>,
  {
    perSecond,
    durationMs,
    seed,
  }: {readonly perSecond: number; readonly durationMs: number; readonly seed: number},
): Promise<OpenLoopEnd[]> {
  const nextGap = arrivalGaps({kind: 'poisson', perSecond}, new Random(seed));
  const startedAt = performance.now();
  const ends: Promise<OpenLoopEnd>[] = [];
  for (let dueMs = nextGap(); dueMs < durationMs; dueMs += nextGap()) {
    const earlyMs = dueMs - (performance.now() - startedAt);
    if (earlyMs > 0) await delay(earlyMs);
    const due = startedAt + dueMs;
    const end = run().then(({queuedMs}) => ({totalMs: performance.now() - due, queuedMs}));
    // It is looked at when all are sent.
    end.catch(() => undefined);
    ends.push(end);
  }
  return await Promise.all(ends);
}

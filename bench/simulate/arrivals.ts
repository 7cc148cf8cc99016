import type {Random} from './random.ts';

/** How runs arrive. Rates are runs per second over a long time. */
export type Arrivals =
  /** Independent clients, each seldom. */
  | {readonly kind: 'poisson'; readonly perSecond: number}
  /**
   * A Markov-modulated Poisson process of two phases (Fischer, Meier-Hellstern: Performance Evaluation 18, 1993): quiet, and bursts with `factor`
   * times the mean rate that take `burstShare` of the time. A class that submits at the end of an exam.
   */
  | {
      readonly kind: 'bursty';
      readonly perSecond: number;
      readonly factor: number;
      readonly burstShare: number;
      readonly burstMs: number;
    };

/** Gives the time from one arrival to the next, in milliseconds. Throws a `RangeError` for bursts that would leave less than nothing between them. */
export function arrivalGaps(arrivals: Arrivals, random: Random): () => number {
  const mean = 1000 / arrivals.perSecond;
  if (arrivals.kind === 'poisson') return () => random.exponential(mean);
  const {factor, burstShare, burstMs} = arrivals;
  if (factor * burstShare > 1)
    throw new RangeError(
      `Cannot have bursts of ${factor} times the mean rate in ${burstShare} of the time: together they are more than all. Make their product at most 1.`,
    );
  const burst = {gapMs: mean / factor, meanMs: burstMs};
  const quietFactor = (1 - factor * burstShare) / (1 - burstShare);
  const quiet = {
    gapMs: quietFactor === 0 ? Number.POSITIVE_INFINITY : mean / quietFactor,
    meanMs: (burstMs * (1 - burstShare)) / burstShare,
  };
  let phase = random.next() < burstShare ? burst : quiet;
  let leftMs = random.exponential(phase.meanMs);
  return () => {
    for (let gapMs = 0; ; ) {
      const next = random.exponential(phase.gapMs);
      if (next < leftMs) {
        leftMs -= next;
        return gapMs + next;
      }
      // Nothing came before the phase ended; what comes after it has no memory of that.
      gapMs += leftMs;
      phase = phase === burst ? quiet : burst;
      leftMs = random.exponential(phase.meanMs);
    }
  };
}

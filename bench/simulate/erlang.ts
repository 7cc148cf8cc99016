/** M/M/c: Poisson arrivals, exponential service, c servers, one queue (Kleinrock: Queueing Systems, volume 1, section 3.5). */
export interface ErlangC {
  /** The share of runs that wait at all. */
  readonly waitShare: number;
  readonly meanWaitMs: number;
  /** The wait that such a share of runs does not exceed. */
  waitMs(share: number): number;
}

/** Throws a `RangeError` for more load than the servers can carry: the queue would grow for ever. */
export function erlangC({
  perSecond,
  serviceMs,
  servers,
}: {
  readonly perSecond: number;
  readonly serviceMs: number;
  readonly servers: number;
}): ErlangC {
  const load = (perSecond * serviceMs) / 1000;
  if (load >= servers)
    throw new RangeError(
      `Cannot predict waits: ${load.toFixed(2)} servers are busy on average and there are ${servers}.`,
    );
  // Erlang B by its recursion, which neither overflows nor cancels.
  let blocked = 1;
  for (let count = 1; count <= servers; count++) blocked = (load * blocked) / (count + load * blocked);
  const busy = load / servers;
  const waitShare = blocked / (1 - busy * (1 - blocked));
  const drainMs = serviceMs / (servers - load);
  return {
    waitShare,
    meanWaitMs: waitShare * drainMs,
    waitMs: (share) => (1 - share >= waitShare ? 0 : drainMs * Math.log(waitShare / (1 - share))),
  };
}

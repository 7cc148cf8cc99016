import type {RunOrigin, RunTraces} from './run-traces.ts';

export interface AcceptanceWatch {
  readonly traces: RunTraces | null;
  /** How long it took, also when it ended in a refusal, in milliseconds. */
  readonly onAccepted: (durationMs: number) => void;
}

/** Accepts runs under a span, when there are any, and tells how long that took. `accept` gets what the runs' further spans hang on. */
export async function watchAcceptance<Accepted>(
  {traces, onAccepted}: AcceptanceWatch,
  origin: RunOrigin | undefined,
  accept: (
    traceparent: string | null,
  ) => Promise<{readonly runIds: readonly string[]; readonly answer: Accepted}>,
): Promise<Accepted> {
  const beganAtMs = performance.now();
  const span = traces?.accept(origin ?? {kind: 'live'});
  try {
    const {runIds, answer} = await accept(span?.traceparent ?? null);
    span?.accepted(runIds);
    return answer;
  } catch (error) {
    span?.refused(error);
    throw error;
  } finally {
    onAccepted(performance.now() - beganAtMs);
  }
}

/** When a part of a run's way began and ended, in milliseconds by `performance.now()`. */
export interface StageTime {
  /** `sandbox`: until there was one, once for each that the run needs; `compile` and `run` include theirs. */
  readonly stage: 'sandbox' | 'compile' | 'run';
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

export type StageListener = (time: StageTime) => void;

/** Tells when the stage began and ended, however it ended. Without a listener nothing is measured. */
export async function timeStage<Answer>(
  stage: StageTime['stage'],
  onStage: StageListener | undefined,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (onStage === undefined) return await work();
  const beganAtMs = performance.now();
  try {
    return await work();
  } finally {
    onStage({stage, beganAtMs, endedAtMs: performance.now()});
  }
}

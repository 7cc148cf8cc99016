import type {DriverName, IsolationReport, RunResult} from '@sandglass/protocol';
import type {ProbedMechanism, WeakerMechanism} from '@sandglass/sandbox';

/** What became of running one program at the default isolation level. */
export type Proof =
  | {
      readonly kind: 'works';
      readonly isolation: IsolationReport;
      /** Why it was held by less than could be, and what to do about it. */
      readonly weaker: readonly WeakerMechanism[];
    }
  | {readonly kind: 'fails'; readonly reason: string};

/** What the launcher says about each mechanism, or why it could not be asked. */
export type ProbeAnswer =
  | {readonly kind: 'probed'; readonly mechanisms: readonly ProbedMechanism[]}
  | {readonly kind: 'failed'; readonly reason: string};

/** All that `sandglass doctor` found out. */
export interface Findings {
  readonly probe: ProbeAnswer;
  readonly proof: Proof;
  /** The other levels, which an operator may allow besides, each with what became of a program there. */
  readonly levels: readonly LevelProof[];
}

/** What became of running one program at a level. */
export interface LevelProof {
  readonly level: DriverName;
  readonly proof: Proof;
}

/** Whether the program that was run as a proof did what it should. */
export function judgeProof(
  {outcome, isolation, explanation}: RunResult,
  weaker: readonly WeakerMechanism[],
): Proof {
  if (outcome === 'ok') return {kind: 'works', isolation, weaker};
  return {kind: 'fails', reason: `The program ended as ${outcome}. ${explanation?.message ?? ''}`.trim()};
}

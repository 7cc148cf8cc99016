import type {Diagnostic, Explanation, Step} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';

/** A program that is ready to run, with what was said while it was made. */
export interface CompiledProgram {
  readonly kind: 'program';
  /** Null when the language does not compile. */
  readonly step: Step | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the compiler made, to be laid beside the sources. */
  readonly files: readonly SandboxFile[];
}

/** The compiler made no program of these sources. */
export interface RefusedProgram {
  readonly kind: 'refused';
  readonly step: Step | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly explanation: Explanation;
  /** True when the same sources are refused the same way every time: no limit or crash had a part in it. */
  readonly isRepeatable: boolean;
}

export interface CancelledCompile {
  readonly kind: 'cancelled';
  /** Null when the compiler was not even started. */
  readonly step: Step | null;
}

/** How a compile stage ended. */
export type Compiled = CompiledProgram | RefusedProgram | CancelledCompile;

/** For languages that do not compile. */
export const NOTHING_TO_COMPILE: CompiledProgram = {
  kind: 'program',
  step: null,
  diagnostics: [],
  files: [],
};

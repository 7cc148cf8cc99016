import {BUILD_FOLDER} from '../build/build-folder.ts';
import {inSequence} from '../build/shell-script.ts';
import type {StagePlan, Toolchain} from '../recipe.ts';

/** Where sandboxes find what was prepared, read-only. Before the first preparation the folder is empty. */
export const PREPARED = '/opt/sandglass/prepared';

/** Where a preparation leaves its parts, in the order of their names. */
export const PREPARED_PARTS = `${BUILD_FOLDER}/prepared-*`;

/** Where a preparation may leave the list of files that it was made from, as a rule of make(1) (`gcc -MD`). */
export const PREPARED_INPUTS = `${BUILD_FOLDER}/inputs.d`;

const WHOLE = `${BUILD_FOLDER}/whole`;
/** Small enough to go through the server's memory piece by piece. */
const PART_BYTES = 8 * 1024 * 1024;

/**
 * A file that makes later compiles faster and changes nothing else: whoever reads it checks that it fits and does without it otherwise.
 * It is made once, from the toolchain's own files alone, by programs in a sandbox.
 */
export interface Preparation {
  /** Relative to the prepared folder; contains the toolchain's digest. */
  readonly target: string;
  readonly plan: StagePlan;
  /** There are many of its kind, so that it is worth the work only for what is asked for again and again. */
  readonly isRare?: boolean;
}

/** What can be prepared for a language's compiler. */
export interface Preparations<Context> {
  /** What many programs profit from; made ahead when the operator wishes. */
  readonly common: (toolchain: Toolchain) => readonly Preparation[];
  /** What this compile would have profited from. */
  readonly wanted: (context: Context) => readonly Preparation[];
}

/** A preparation out of the command that makes one whole file; `command` gets that file's path. */
export function preparation(
  target: string,
  command: (whole: string) => readonly string[],
  parts: Pick<StagePlan, 'env' | 'files'>,
): Preparation {
  const split = [
    'split',
    '--bytes',
    String(PART_BYTES),
    '--suffix-length=3',
    WHOLE,
    PREPARED_PARTS.slice(0, -1),
  ];
  return {target, plan: {argv: inSequence([command(WHOLE), split]), ...parts}};
}

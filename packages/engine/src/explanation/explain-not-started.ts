import type {Limits} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import {diskNeed, type StartProblem} from '../pipeline/start-problem.ts';
import type {Explained} from './codes.ts';
import {quantity} from './quantities.ts';

/** The compiler was content, but what the run needs of its result is not there. */
export const NO_PROGRAM: Explained = {
  code: 'compile-no-program',
  message:
    'The compiler reported success but made no program to run. Look for compilerOptions that stop it early or write elsewhere, such as -c, -E, -S, -o or -fsyntax-only.',
};

/** What a stage wanted to begin with. */
export interface StageFiles {
  readonly files: readonly Pick<SandboxFile, 'content'>[];
  readonly limits: Pick<Limits, 'diskBytes'>;
}

/** Says why nothing was started although the request was well formed. */
export function explainNotStarted(
  problem: StartProblem,
  stage: 'compile' | 'run',
  wanted: StageFiles,
): Explained {
  switch (problem) {
    case 'no-program':
      return NO_PROGRAM;
    case 'no-room':
      return explainNoRoom(stage, wanted);
    default:
      return problem satisfies never;
  }
}

function explainNoRoom(stage: 'compile' | 'run', {files, limits: {diskBytes}}: StageFiles): Explained {
  const field = stage === 'compile' ? 'compileLimits.diskBytes' : 'limits.diskBytes';
  const subject = stage === 'compile' ? 'The sources' : 'The program and its files';
  const need = diskNeed(files);
  return {
    code: stage === 'compile' ? 'compile-disk-space-limit' : 'disk-space-limit',
    message: `${subject}, ${quantity('diskBytes', need)} in ${files.length} files, do not fit into the ${quantity('diskBytes', diskBytes)} of disk space that is allowed (${field}), so nothing was started. Send less, or raise ${field}.`,
    limit: 'diskBytes',
    allowed: diskBytes,
    peak: need,
  };
}

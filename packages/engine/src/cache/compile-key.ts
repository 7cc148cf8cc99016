import type {CompileJob} from '../pipeline/compile-program.ts';
import {contentKey} from './content-key.ts';

/** Changes when what is kept of a compile, or how a recipe's outputs are read, does. */
const FORMAT = 'compile-1';

/**
 * The key of a compile: everything that decides its result. Limits are no part of it: they decide whether a compile ends, not
 * what it makes; where a recipe passes one on to its compiler, it is in the plan.
 */
export function compileKey({recipe, toolchain, compilePlan, files}: CompileJob): string {
  const {argv, env, outputs} = compilePlan;
  const all = [...files, ...compilePlan.files];
  return contentKey([
    FORMAT,
    JSON.stringify([recipe.id, toolchain, argv, env, outputs, all.map(({path}) => path)]),
    ...all.map(({content}) => content),
  ]);
}

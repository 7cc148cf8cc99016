import type {RecipeContext, StagePlan} from '../recipe.ts';
import {PROGRAM} from './build-folder.ts';
import {liveStdio} from './live-stdio.ts';

/** Starts what a compiler linked; for programs that print through C's standard library. */
export function runNativeProgram({isLive}: Pick<RecipeContext, 'isLive'>): StagePlan {
  return {argv: [`./${PROGRAM}`], env: liveStdio(isLive), files: []};
}

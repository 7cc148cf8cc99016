import type {
  CompilePlan,
  LanguageCatalogue,
  LanguageRecipe,
  StagePlan,
  Toolchain,
} from '@sandglass/languages';
import type {RunSpec, SourceFile} from '@sandglass/protocol';
import {refuseLongCommand} from './command-size.ts';
import {refusePlanCollisions} from './plan-collisions.ts';
import {sourceTree} from './source-tree.ts';

/** A run with everything decided before a sandbox is asked for. */
export interface Job {
  readonly spec: RunSpec;
  readonly recipe: LanguageRecipe;
  readonly toolchain: Toolchain;
  readonly files: readonly SourceFile[];
  readonly entry: string;
  /** Null when the language does not compile. */
  readonly compilePlan: CompilePlan | null;
  readonly runPlan: StagePlan;
}

/** Throws `unknown-language`, `language-unavailable`, or `invalid-request` when files and language contradict each other. */
export function planJob(
  spec: RunSpec,
  languages: Pick<LanguageCatalogue, 'resolve'>,
  {isLive}: {readonly isLive: boolean},
): Job {
  const {recipe, toolchain} = languages.resolve(spec.language);
  const tree = sourceTree(spec, recipe);
  const context = {...tree, compilerOptions: spec.compilerOptions, isLive, toolchain};
  const compilePlan = recipe.compile?.({...context, limits: spec.compileLimits}) ?? null;
  const runPlan = recipe.run({...context, limits: spec.limits});
  refusePlanCollisions(tree.files, [compilePlan, runPlan]);
  if (compilePlan !== null) refuseLongCommand({plan: compilePlan, args: [], env: {}});
  refuseLongCommand({plan: runPlan, args: spec.args, env: spec.env});
  return {spec, recipe, toolchain, ...tree, compilePlan, runPlan};
}

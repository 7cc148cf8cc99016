import {DEFAULT_COMPILE_LIMITS, type Limits, type SourceFile} from '@sandglass/protocol';
import type {ImageDefinition, RuntimeTemplate} from '@sandglass/sandbox';
import {programEnvironment} from '../environment.ts';
import type {LanguageRecipe, RecipeContext, Toolchain} from '../recipe.ts';
import {PRIME_LIBRARY} from './prime-library.ts';

/** The working directory of every program, which some runtimes put before the path that they were given. */
const WORK = '/work';

/** A runtime that can be started ahead of its program, and for which programs that is exact. */
export interface PrimeableRuntime {
  readonly template: RuntimeTemplate;
  readonly isExactFor: (files: readonly SourceFile[]) => boolean;
}

/**
 * The start that most runs of a language share: one source file under its usual name, no arguments, nobody watching, limits as given.
 * Null for a language whose runtime is not worth it. It is made by the recipe itself, so it is what such a run asks for.
 */
export function primeableRuntime(
  recipe: LanguageRecipe,
  toolchain: Toolchain,
  {image, limits}: {readonly image: ImageDefinition; readonly limits: Limits},
): PrimeableRuntime | null {
  const {prime} = recipe;
  if (prime === undefined) return null;
  const files = [{path: recipe.sourceFile, content: new Uint8Array()}];
  const context: RecipeContext = {
    files,
    entry: recipe.sourceFile,
    compilerOptions: [],
    limits: DEFAULT_COMPILE_LIMITS,
    isLive: false,
    toolchain,
  };
  const plan = recipe.run({...context, limits});
  const first = prime.firstFile(context);
  return {
    template: {
      id: `${recipe.id}@${toolchain.name}`,
      argv: plan.argv,
      env: programEnvironment({image: image.env ?? {}, recipe: plan.env, user: {}, hasTerminal: false}),
      library: PRIME_LIBRARY,
      stopAt: [first, `./${first}`, `${WORK}/${first}`],
      idleBytes: prime.idleBytes,
    },
    isExactFor: prime.isExactFor ?? (() => true),
  };
}

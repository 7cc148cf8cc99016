import {DEFAULT_COMPILE_LIMITS, type Limits, type SourceFile} from '@sandglass/protocol';
import type {ImageDefinition, RuntimeTemplate} from '@sandglass/sandbox';
import {programEnvironment} from '../environment.ts';
import type {LanguageRecipe, PrimeRecipe, RecipeContext, Toolchain} from '../recipe.ts';
import {PRIME_LIBRARY} from './prime-library.ts';

/** The working directory of every program, which some runtimes put before the path that they were given. */
const WORK = '/work';

/** A runtime that can be started ahead of its program, and for which programs that is exact. */
export interface PrimeableRuntime {
  readonly template: RuntimeTemplate;
  readonly isExactFor: (files: readonly SourceFile[]) => boolean;
}

interface PrimeContext {
  readonly image: ImageDefinition;
  /** Limits of the stage. */
  readonly limits: Limits;
}

/**
 * The start that most runs of a language share: one source file under its usual name, no arguments, nobody watching, limits as given.
 * Null for a language whose runtime is not worth it. It is made by the recipe itself, so it is what such a run asks for.
 */
export function primeableRuntime(
  recipe: LanguageRecipe,
  toolchain: Toolchain,
  {image, limits}: PrimeContext,
): PrimeableRuntime | null {
  if (recipe.prime === undefined) return null;
  const context = usualContext(recipe, toolchain, DEFAULT_COMPILE_LIMITS);
  const plan = recipe.run({...context, limits});
  const id = `${recipe.id}@${toolchain.name}`;
  return primeable(recipe.prime, context, {id, image, argv: plan.argv, env: plan.env});
}

/** The same for the compile of one source file under its usual name without options. */
export function primeableCompiler(
  recipe: LanguageRecipe,
  toolchain: Toolchain,
  {image, limits}: PrimeContext,
): PrimeableRuntime | null {
  const {primedCompiler, compile} = recipe;
  if (primedCompiler === undefined || compile === undefined) return null;
  const context = usualContext(recipe, toolchain, limits);
  const id = `${recipe.id}@${toolchain.name} compiler`;
  const {env} = compile(context);
  return primeable(primedCompiler, context, {id, image, argv: primedCompiler.argv(context), env});
}

function usualContext({sourceFile}: LanguageRecipe, toolchain: Toolchain, limits: Limits): RecipeContext {
  const files = [{path: sourceFile, content: new Uint8Array()}];
  return {files, entry: sourceFile, compilerOptions: [], limits, isLive: false, toolchain};
}

function primeable(
  prime: PrimeRecipe,
  context: RecipeContext,
  {id, image, argv, env}: Pick<RuntimeTemplate, 'id' | 'argv' | 'env'> & {image: ImageDefinition},
): PrimeableRuntime {
  const first = prime.firstFile(context);
  return {
    template: {
      id,
      argv,
      env: programEnvironment({image: image.env ?? {}, recipe: env, user: {}, hasTerminal: false}),
      library: PRIME_LIBRARY,
      stopAt: [first, `./${first}`, `${WORK}/${first}`],
      idleBytes: prime.idleBytes,
    },
    isExactFor: prime.isExactFor ?? (() => true),
  };
}

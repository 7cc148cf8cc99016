import type {CompilePlan, LanguageCatalogue, StagePlan} from '@sandglass/languages';
import {
  DEFAULT_COMPILE_LIMITS,
  DEFAULT_RUN_LIMITS,
  type RunRequest,
  type SourceFile,
} from '@sandglass/protocol';
import type {DifferentialProgram} from '../program.ts';

/** A program with what its language's recipe says to start, and the request that asks Sandglass for the same. */
export interface PlannedProgram {
  readonly program: DifferentialProgram;
  readonly files: readonly SourceFile[];
  readonly compile: CompilePlan | null;
  readonly run: StagePlan;
  readonly request: RunRequest;
}

/** A machine that does other things as well must not decide what is seen. */
const UNHURRIED = {limits: {wallTimeMs: 300_000}, compileLimits: {wallTimeMs: 300_000}};

/** Plans one program with the default limits, as the engine does. */
export function planProgram(
  catalogue: LanguageCatalogue,
  language: string,
  program: DifferentialProgram,
): PlannedProgram {
  const {recipe, toolchain} = catalogue.resolve(language);
  const {code, entry: asked, args = [], stdin = '', env = {}} = program;
  const named =
    typeof code === 'string' ? {[asked ?? recipe.nameSource?.(code) ?? recipe.sourceFile]: code} : code;
  const entry = asked ?? (recipe.sourceFile in named ? recipe.sourceFile : (Object.keys(named)[0] ?? ''));
  const files = Object.entries(named).map(([path, text]) => ({path, content: Buffer.from(text)}));
  const context = {files, entry, compilerOptions: [], isLive: false, toolchain};
  return {
    program,
    files,
    compile: recipe.compile?.({...context, limits: DEFAULT_COMPILE_LIMITS}) ?? null,
    run: recipe.run({...context, limits: DEFAULT_RUN_LIMITS}),
    request: {
      language,
      files: Object.entries(named).map(([path, content]) => ({path, content})),
      entry,
      args: [...args],
      stdin,
      env: {...env},
      ...UNHURRIED,
    },
  };
}

import type {Diagnostic, Limits, SourceFile} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import type {Preparations} from './prepare/preparation.ts';

/** A toolchain as found on the host and proven in a sandbox. */
export interface Toolchain {
  /** Such as `gcc` or `clang`; recipes with one toolchain use the language's id. */
  readonly name: string;
  /** As the toolchain itself prints it, such as `12.2.0`. */
  readonly version: string;
  /** Changes whenever the toolchain's binaries change; part of the compile cache's key. */
  readonly digest: string;
}

/** What a recipe sees of a run. Paths are relative to the working directory /work. */
export interface RecipeContext {
  readonly files: readonly SourceFile[];
  /** The file to start; one of `files`. */
  readonly entry: string;
  readonly compilerOptions: readonly string[];
  /** Limits of the stage that the plan is for. */
  readonly limits: Limits;
  /**
   * True when somebody watches the output as it comes. Programs then write line by line, which costs a program that
   * prints a million lines about half a second; otherwise buffering is the language's own.
   */
  readonly isLive: boolean;
  readonly toolchain: Toolchain;
}

/** One program to start in a sandbox. */
export interface StagePlan {
  readonly argv: readonly string[];
  /** Added to the base environment (PATH, HOME, LANG, TMPDIR, TZ …); the user's env cannot replace these. */
  readonly env: Readonly<Record<string, string>>;
  /** Written beside the user's files (after them, so they win), such as a tsconfig.json. */
  readonly files: readonly SandboxFile[];
}

export interface CompilePlan extends StagePlan {
  /** What the run stage needs of the result: exact paths or globs, relative to /work. All matches are carried over with their mode. */
  readonly outputs: readonly string[];
}

/** Finds positions in hostile text: bounded in number, linear in time, and only in the user's own files. */
export type Diagnose = (
  text: string,
  stage: 'compile' | 'run',
  context: Pick<RecipeContext, 'files' | 'entry'>,
) => readonly Diagnostic[];

/** A runtime that waits for its program where it first looks for it. Everything it does before must be the same for all programs. */
export interface PrimeRecipe {
  /** The first file of the run that the runtime names to the kernel, relative to /work. */
  readonly firstFile: (context: RecipeContext) => string;
  /** Memory of its own that it takes while it waits, in bytes, as measured (docs/performance.md). */
  readonly idleBytes: number;
  /** False for programs that could tell: by a file that the runtime looks for earlier, or by the time since its start. Default: never. */
  readonly isExactFor?: (files: readonly SourceFile[]) => boolean;
}

/** A compiler that waits for its sources like a runtime for its program. */
export interface PrimedCompiler extends PrimeRecipe {
  /** Does and prints exactly what the arguments of `compile`'s plan do; the rest of the plan is that of `compile`. */
  readonly argv: (context: RecipeContext) => readonly string[];
}

/** A language: data, plus small pure functions that say what to start. One file per language. */
export interface LanguageRecipe {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** With the dot, the first is the usual one. */
  readonly extensions: readonly string[];
  /** Name that a single `code` gets, unless `nameSource` finds a better one. */
  readonly sourceFile: string;
  /** For languages whose file name follows from the content (a Java public class). */
  readonly nameSource?: (code: string) => string;
  /** Candidates in order of preference; the first that works is the default, `id@name` and `id@version` choose another. */
  readonly toolchains: readonly ToolchainCandidate[];
  /** Candidates whose place differs from host to host, such as JDKs; tried before `toolchains`. */
  readonly discoverToolchains?: (list: ListDirectory) => readonly ToolchainCandidate[];
  /** A program that prints `Hello from <name>` and then echoes one line of stdin; shown to users and used as the probe. */
  readonly example: string;
  readonly compile?: (context: RecipeContext) => CompilePlan;
  readonly run: (context: RecipeContext) => StagePlan;
  /** Files that make compiles faster once they are there; `compile` plans the same whether they are or not. */
  readonly preparations?: Preparations<RecipeContext>;
  /** Turns a compiler's (`compile`) or the program's (`run`) text into positions in the user's files. */
  readonly diagnose?: Diagnose;
  /** How the runtime is started before there is a program; absent where that gains too little. */
  readonly prime?: PrimeRecipe;
  /** The same for its compiler. */
  readonly primedCompiler?: PrimedCompiler;
  /** True when the runtime itself reported that it ran out of the memory it was given (a full JVM or V8 heap). */
  readonly isOutOfMemory?: (exit: {
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly stderr: string;
  }) => boolean;
}

/** Names in a directory of the image, empty when there is no such directory. */
export type ListDirectory = (path: string) => readonly string[];

export interface ToolchainCandidate {
  readonly name: string;
  /** Programs that must exist: absolute paths as seen inside the image. The host files behind them give the digest. */
  readonly binaries: readonly string[];
  /** Started in a sandbox; the first group of `versionPattern` in its output is the version. */
  readonly versionArgv: readonly string[];
  readonly versionPattern: RegExp;
  /** Debian packages that bring it. */
  readonly debianPackages: readonly string[];
}

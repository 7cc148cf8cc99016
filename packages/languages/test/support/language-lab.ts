import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, posix} from 'node:path';
import {
  DEFAULT_COMPILE_LIMITS,
  DEFAULT_RUN_LIMITS,
  type Diagnostic,
  type Limits,
  type SourceFile,
} from '@sandglass/protocol';
import {
  type ExitReport,
  LinuxDriver,
  type Sandbox,
  type SandboxFile,
  type SandboxPool,
} from '@sandglass/sandbox';
import type {LanguageCatalogue} from '../../src/catalogue.ts';
import {programEnvironment} from '../../src/environment.ts';
import {createHostImage} from '../../src/images/host-image.ts';
import {createLanguageCatalogue} from '../../src/probe/create-language-catalogue.ts';
import type {RecipeContext, StagePlan} from '../../src/recipe.ts';
import {RECIPES} from '../../src/recipes/all.ts';
import {sourceFiles} from './source-files.ts';

const NATIVE = new URL('../../../../native/build', import.meta.url).pathname;

export interface LabRun {
  readonly entry?: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly compilerOptions?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly isLive?: boolean;
  /** With the milliseconds since the program started. */
  readonly onOutput?: (text: string, atMs: number) => void;
}

export interface LabStage {
  readonly exit: ExitReport;
  readonly stdout: string;
  readonly stderr: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly isOutOfMemory: boolean;
}

export interface LabResult {
  readonly compile: LabStage | null;
  /** Null when compiling failed. */
  readonly run: LabStage | null;
}

/** Runs programs by their recipes in real sandboxes, as small as it can be: no cache, no queue, no judging. */
export interface LanguageLab extends AsyncDisposable {
  readonly pool: SandboxPool;
  readonly image: ReturnType<typeof createHostImage>;
  /** A folder of this lab. */
  readonly folder: string;
  /** Null when the host has no such language. */
  run(
    language: string,
    files: string | Readonly<Record<string, string>>,
    options?: LabRun,
  ): Promise<LabResult | null>;
}

/** Starts a launcher of its own; the caller disposes of the lab. */
export async function openLanguageLab(): Promise<LanguageLab> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'sandglass-languages-'));
  stack.defer(() => rm(folder, {recursive: true, force: true}));
  const image = createHostImage();
  const driver = stack.use(
    new LinuxDriver({nativeDir: NATIVE, runDir: join(folder, 'run'), images: [image]}),
  );
  await driver.start({signal: undefined});
  const pool: SandboxPool = {
    acquire: (kind, limits, options) => driver.create(kind, limits, options),
    keepPrimed: () => undefined,
    primed: [],
    stats: {ready: 0, creating: 0, inUse: 0, waiting: 0, target: 0},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const owned = stack.move();
  return {
    pool,
    image,
    folder,
    run: (language, files, options) => runInLab({pool, image, folder}, language, files, options ?? {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function runInLab(
  {pool, image, folder}: Pick<LanguageLab, 'pool' | 'image' | 'folder'>,
  language: string,
  files: string | Readonly<Record<string, string>>,
  options: LabRun,
): Promise<LabResult | null> {
  const [id] = language.split('@');
  const recipes = RECIPES.filter((recipe) => recipe.id === id);
  const catalogue = await createLanguageCatalogue(pool, {
    image,
    cacheFolder: join(folder, `proofs-${id}`),
    isolationDigest: '',
    recipes,
    signal: undefined,
  });
  if (!isOffered(catalogue, language)) return null;
  const {recipe, toolchain} = catalogue.resolve(language);
  const named =
    typeof files === 'string' ? {[recipe.nameSource?.(files) ?? recipe.sourceFile]: files} : files;
  const sources = sourceFiles(named);
  const entry =
    options.entry ?? sources.find(({path}) => path === recipe.sourceFile)?.path ?? sources[0]?.path ?? '';
  const context: RecipeContext = {
    files: sources,
    entry,
    compilerOptions: options.compilerOptions ?? [],
    limits: DEFAULT_COMPILE_LIMITS,
    isLive: options.isLive ?? false,
    toolchain,
  };
  const stage = {pool, image: image.name, recipe, context, options};
  let outputs: SandboxFile[] = [];
  let compile: LabStage | null = null;
  if (recipe.compile !== undefined) {
    const plan = recipe.compile(context);
    compile = await runStage(
      {...stage, name: 'compile', plan, limits: DEFAULT_COMPILE_LIMITS},
      sources,
      async (sandbox) => {
        outputs = await readOutputs(sandbox, plan.outputs);
      },
    );
    if (compile.exit.exitCode !== 0) return {compile, run: null};
  }
  const limits = {...DEFAULT_RUN_LIMITS, ...options.limits};
  const plan = recipe.run({...context, limits});
  return {compile, run: await runStage({...stage, name: 'run', plan, limits}, [...sources, ...outputs])};
}

/** Whether this host has the language, and the toolchain that was asked for. */
function isOffered(catalogue: LanguageCatalogue, language: string): boolean {
  const [, choice] = language.split('@');
  const toolchains = catalogue.entries.flatMap((entry) => entry.toolchains);
  return toolchains.some(({name}) => choice === undefined || name === choice);
}

interface LabStagePlan {
  readonly pool: SandboxPool;
  readonly image: string;
  readonly recipe: (typeof RECIPES)[number];
  readonly context: RecipeContext;
  readonly options: LabRun;
  readonly name: 'compile' | 'run';
  readonly plan: StagePlan;
  readonly limits: Limits;
}

async function runStage(
  {pool, image, recipe, context, options, name, plan, limits}: LabStagePlan,
  files: readonly (SourceFile | SandboxFile)[],
  afterwards: (sandbox: Sandbox) => Promise<void> = async () => {},
): Promise<LabStage> {
  await using sandbox = await pool.acquire({image, network: 'none'}, limits, {signal: undefined});
  const output = {stdout: '', stderr: '', terminal: ''};
  const isRun = name === 'run';
  let startedAt = performance.now();
  const execution = sandbox.exec({
    argv: [...plan.argv, ...(isRun ? (options.args ?? []) : [])],
    env: programEnvironment({recipe: plan.env, user: {}, hasTerminal: false}),
    cwd: '',
    files: [...files, ...plan.files],
    stdin: Buffer.from(isRun ? (options.stdin ?? '') : ''),
    terminal: null,
    wallTimeMs: limits.wallTimeMs,
    cpuTimeMs: limits.cpuTimeMs,
    outputBytes: limits.outputBytes,
    fileBytes: limits.fileBytes,
    processes: limits.processes,
    stopAtOutputLimit: false,
    keepOthers: false,
    onOutput: (stream, data) => {
      const text = Buffer.from(data).toString();
      output[stream] += text;
      if (isRun) options.onOutput?.(text, performance.now() - startedAt);
    },
  });
  await execution.started;
  startedAt = performance.now();
  const exit = await execution.exited;
  const {stdout, stderr} = output;
  if (exit.exitCode === 0) await afterwards(sandbox);
  return {
    exit,
    stdout,
    stderr,
    diagnostics: recipe.diagnose?.(isRun ? stderr : stdout + stderr, name, context) ?? [],
    isOutOfMemory: recipe.isOutOfMemory?.({...exit, stderr}) ?? false,
  };
}

/** Every file that an output names: an exact path, or everything below a folder. */
async function readOutputs(sandbox: Sandbox, outputs: readonly string[]): Promise<SandboxFile[]> {
  const {entries} = await sandbox.listFiles('.sandglass', {maxEntries: 1000, maxDepth: 16});
  const files = entries
    .filter(({kind}) => kind === 'file')
    .map((entry) => ({...entry, path: posix.join('.sandglass', entry.path)}))
    .filter(({path}) =>
      outputs.some((output) => path === output || path.startsWith(output.replace(/\*\*$/, ''))),
    );
  const read: SandboxFile[] = [];
  for (const {path, mode} of files) {
    const {content} = await sandbox.readFile(path, {maxBytes: 64 * 1024 * 1024});
    read.push({path, content, mode});
  }
  return read;
}

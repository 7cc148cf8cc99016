import {DEFAULT_COMPILE_LIMITS, DEFAULT_RUN_LIMITS, SandglassError} from '@sandglass/protocol';
import type {Sandbox, SandboxPool} from '@sandglass/sandbox';
import type {LanguageRecipe, RecipeContext, Toolchain, ToolchainCandidate} from '../recipe.ts';
import {type Captured, capture} from './capture.ts';

export type Proof =
  | {readonly kind: 'proven'; readonly version: string}
  | {readonly kind: 'failed'; readonly reason: string};

export interface ProveOptions {
  readonly image: string;
  readonly digest: string;
  readonly signal: AbortSignal | undefined;
}

/** With blanks and a quote: the example must give its line back byte for byte. */
const LINE = `one line, "quoted", ünïcödé\n`;

/**
 * Shows that a toolchain works where users' programs will run: asks its version and compiles and runs the recipe's example, all in a
 * fresh sandbox. What the toolchain does wrong is an answer; faults of the sandbox itself are thrown.
 */
export async function proveToolchain(
  pool: SandboxPool,
  recipe: LanguageRecipe,
  candidate: ToolchainCandidate,
  {image, digest, signal}: ProveOptions,
): Promise<Proof> {
  await using sandbox = await pool.acquire({image, network: 'none'}, DEFAULT_COMPILE_LIMITS, {signal});
  try {
    const version = await readVersion(sandbox, candidate);
    if (version.kind === 'failed') return version;
    const toolchain: Toolchain = {name: candidate.name, version: version.version, digest};
    return (await runExample(sandbox, recipe, toolchain)) ?? version;
  } catch (error) {
    if (!(error instanceof SandglassError) || error.code !== 'exec-failed') throw error;
    return {kind: 'failed', reason: error.message};
  }
}

async function readVersion(sandbox: Sandbox, candidate: ToolchainCandidate): Promise<Proof> {
  const answer = await capture(sandbox, {argv: candidate.versionArgv, env: {}, files: []});
  const version = candidate.versionPattern.exec(answer.text)?.[1];
  if (version !== undefined) return {kind: 'proven', version};
  return failure(`"${candidate.versionArgv.join(' ')}" did not tell its version`, answer);
}

async function runExample(
  sandbox: Sandbox,
  recipe: LanguageRecipe,
  toolchain: Toolchain,
): Promise<Proof | null> {
  const context = exampleContext(recipe, toolchain);
  await sandbox.writeFiles(context.files);
  if (recipe.compile !== undefined) {
    const compiled = await capture(sandbox, recipe.compile(context));
    if (compiled.exit.exitCode !== 0) return failure('its example does not compile', compiled);
  }
  const plan = recipe.run({...context, limits: DEFAULT_RUN_LIMITS});
  const ran = await capture(sandbox, plan, Buffer.from(LINE));
  const isRight = ran.exit.exitCode === 0 && ran.stdout === `Hello from ${recipe.name}\n${LINE}`;
  return isRight ? null : failure('its example does not print what it should', ran);
}

/** The example as a run of its own; also what a remembered proof is compared by. */
export function exampleContext(recipe: LanguageRecipe, toolchain: Toolchain): RecipeContext {
  const entry = recipe.nameSource?.(recipe.example) ?? recipe.sourceFile;
  return {
    files: [{path: entry, content: Buffer.from(recipe.example)}],
    entry,
    compilerOptions: [],
    limits: DEFAULT_COMPILE_LIMITS,
    isLive: false,
    toolchain,
  };
}

function failure(what: string, {exit, text}: Captured): Proof {
  const end = exit.signal === null ? `exit code ${exit.exitCode}` : exit.signal;
  const said = text.trim().slice(0, 300);
  return {kind: 'failed', reason: `${what} (${end}${said === '' ? '' : `: ${said}`})`};
}

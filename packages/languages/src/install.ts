import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {nearestName, SandglassError} from '@sandglass/protocol';
import type {LanguageRecipe} from './recipe.ts';
import {RECIPES} from './recipes/all.ts';

const APT_GET = '/usr/bin/apt-get';

/** What installing languages would do. */
export interface InstallPlan {
  /** Debian packages, without duplicates; empty when everything asked for comes with Sandglass itself. */
  readonly packages: readonly string[];
  /** Argument lists to run in this order, as root. */
  readonly steps: readonly (readonly string[])[];
  /** The same as one line to type, with sudo. */
  readonly command: string;
}

export interface InstallOptions {
  /** Called with each line that the package manager prints. */
  readonly onProgress: (line: string) => void;
  /** Stops after the package manager's current step is interrupted; what it had installed stays. */
  readonly signal: AbortSignal | undefined;
}

/** Finds the packages of languages given by id or alias. Throws `unknown-language` naming the known ones. */
export function planInstall(names: readonly string[], recipes = RECIPES): InstallPlan {
  const packages = [
    ...new Set(names.flatMap((name) => findRecipe(name, recipes).toolchains[0]?.debianPackages ?? [])),
  ];
  if (packages.length === 0) return {packages, steps: [], command: ''};
  const steps = [
    [APT_GET, 'update'],
    // Recommended packages of toolchains are documentation, editors and graphics; the lock wait lets a running update finish.
    [APT_GET, 'install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages],
  ];
  const command = `sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${packages.join(' ')}`;
  return {packages, steps, command};
}

/**
 * Installs the Debian packages of languages; needs root. Languages become available when the catalogue is made anew, that is at the
 * next start. Throws `unknown-language`; `forbidden` with the command to type when not root; `unsupported-feature` where there
 * is no apt-get; `internal-error` with the last lines when the package manager fails; `cancelled`.
 */
export async function installLanguages(
  names: readonly string[],
  options: InstallOptions,
): Promise<InstallPlan> {
  const plan = planInstall(names);
  if (plan.steps.length === 0) return plan;
  const asked = names.join(', ');
  if (!existsSync(APT_GET)) {
    throw new SandglassError(
      'unsupported-feature',
      `Cannot install ${asked}: there is no ${APT_GET}, and only Debian and Ubuntu packages are known. Install the toolchains below /usr yourself.`,
    );
  }
  if (process.geteuid?.() !== 0) {
    throw new SandglassError('forbidden', `Cannot install ${asked}: only root may. Type: ${plan.command}`);
  }
  for (const step of plan.steps) await runStep(step, options);
  return plan;
}

function findRecipe(name: string, recipes: readonly LanguageRecipe[]): LanguageRecipe {
  const wanted = name.toLowerCase();
  const recipe = recipes.find(({id, aliases}) => id === wanted || aliases.includes(wanted));
  if (recipe !== undefined) return recipe;
  const ids = recipes.map(({id}) => id);
  const near = nearestName(wanted, ids);
  throw new SandglassError(
    'unknown-language',
    `Cannot install "${name}": no such language.${near === null ? '' : ` Did you mean "${near}"?`} Known languages: ${ids.join(', ')}.`,
  );
}

/** Lines kept for the error message of a failed step. */
const KEPT_LINES = 5;

async function runStep([program = '', ...args]: readonly string[], {onProgress, signal}: InstallOptions) {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8'},
    // apt-get handles SIGTERM by leaving dpkg's database consistent.
    ...(signal === undefined ? {} : {signal, killSignal: 'SIGTERM' as const}),
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({input: stream}).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
      onProgress(line);
    });
  }
  const [exitCode] = await ended(child, signal);
  if (exitCode === 0) return;
  throw new SandglassError(
    'internal-error',
    `"${[program, ...args].join(' ')}" failed with exit code ${exitCode}: ${lastLines.join(' | ')}`,
  );
}

async function ended(child: ReturnType<typeof spawn>, signal: AbortSignal | undefined): Promise<unknown[]> {
  try {
    return await once(child, 'close');
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new SandglassError('cancelled', 'Installing languages was cancelled.', {cause: error});
  }
}

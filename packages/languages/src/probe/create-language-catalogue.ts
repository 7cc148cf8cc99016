/**
 * How languages become available: for every toolchain that a recipe knows, the programs are looked up on the host (microseconds); those
 * found are proven in a sandbox by running the recipe's example, unless the same build was proven at an earlier start. So the first
 * start takes seconds, once, and every later one is immediate, and a language is never offered that does not run.
 */
import {readdirSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {SandglassError} from '@sandglass/protocol';
import type {ImageDefinition, SandboxPool} from '@sandglass/sandbox';
import type {CatalogueEntry, LanguageCatalogue} from '../catalogue.ts';
import {hostPath} from '../images/host-path.ts';
import type {LanguageRecipe, Toolchain, ToolchainCandidate} from '../recipe.ts';
import {RECIPES} from '../recipes/all.ts';
import {resolveLanguage} from '../resolve-language.ts';
import {despiteFaults} from './despite-faults.ts';
import {inParallel} from './in-parallel.ts';
import {proofKey} from './proof-key.ts';
import {openProofStore, type ProofStore} from './proof-store.ts';
import {proveToolchain} from './prove-toolchain.ts';
import {findToolchain} from './toolchain-digest.ts';

export interface CatalogueOptions {
  /** The image that programs run in. */
  readonly image: ImageDefinition;
  /** Folder that keeps proofs between starts; created when missing. */
  readonly cacheFolder: string;
  /** Changes whenever something else that decides whether programs run does, such as the build of the launcher. */
  readonly isolationDigest: string;
  /** Default: every language that Sandglass knows. */
  readonly recipes?: readonly LanguageRecipe[];
  readonly signal: AbortSignal | undefined;
}

/** What became of one candidate. */
type Finding =
  | {readonly kind: 'works'; readonly toolchain: Toolchain}
  | {readonly kind: 'missing'; readonly paths: readonly string[]}
  | {readonly kind: 'broken'; readonly name: string; readonly reason: string};

/** Finds and proves the languages of this host. Faults of the sandbox are thrown; a language that does not work is an entry with its reason. */
export async function createLanguageCatalogue(
  pool: SandboxPool,
  options: CatalogueOptions,
): Promise<LanguageCatalogue> {
  const recipes = options.recipes ?? RECIPES;
  const proofs = await openProofStore(options.cacheFolder);
  const pairs = recipes.flatMap((recipe) =>
    candidates(options.image, recipe).map((candidate) => ({recipe, candidate})),
  );
  const findings = await inParallel(pairs, availableParallelism(), async ({recipe, candidate}) => {
    options.signal?.throwIfAborted();
    return {recipe, finding: await examine(pool, recipe, candidate, proofs, options)};
  });
  await proofs.save();
  const entries = recipes.map((recipe) =>
    catalogueEntry(
      options.image,
      recipe,
      findings.filter((each) => each.recipe === recipe).map((each) => each.finding),
    ),
  );
  return {entries, resolve: (name) => resolveLanguage(entries, name)};
}

function candidates(image: ImageDefinition, recipe: LanguageRecipe): readonly ToolchainCandidate[] {
  const discovered = recipe.discoverToolchains?.((folder) => {
    const host = hostPath(image, folder);
    return host === null ? [] : readdirSync(host);
  });
  return [...(discovered ?? []), ...recipe.toolchains];
}

async function examine(
  pool: SandboxPool,
  recipe: LanguageRecipe,
  candidate: ToolchainCandidate,
  proofs: ProofStore,
  {image, isolationDigest, signal}: CatalogueOptions,
): Promise<Finding> {
  const files = findToolchain(image, candidate);
  if (files.kind === 'missing') return files;
  const {digest} = files;
  const {name} = candidate;
  const key = proofKey({image, isolationDigest, recipe, candidate, digest});
  const known = proofs.version(key);
  if (known !== undefined) return {kind: 'works', toolchain: {name, version: known, digest}};
  const proof = await despiteFaults(() =>
    proveToolchain(pool, recipe, candidate, {image: image.name, digest, signal}),
  );
  if (proof.kind === 'failed') return {kind: 'broken', name, reason: proof.reason};
  proofs.remember(key, proof.version);
  return {kind: 'works', toolchain: {name, version: proof.version, digest}};
}

function catalogueEntry(
  image: ImageDefinition,
  recipe: LanguageRecipe,
  findings: readonly Finding[],
): CatalogueEntry {
  const working = findings.filter((finding) => finding.kind === 'works').map(({toolchain}) => toolchain);
  // Two names for one build (a link beside the folder it points to) are one toolchain.
  const toolchains = working.filter(
    ({digest}, index) => working.findIndex((other) => other.digest === digest) === index,
  );
  return {recipe, toolchains, reason: toolchains.length > 0 ? null : whyUnavailable(image, recipe, findings)};
}

function whyUnavailable(
  image: ImageDefinition,
  recipe: LanguageRecipe,
  findings: readonly Finding[],
): string {
  const broken = findings.find((finding) => finding.kind === 'broken');
  if (broken !== undefined) return `${broken.name} is installed but ${broken.reason}.`;
  const missing = findings.find((finding) => finding.kind === 'missing');
  if (missing === undefined) {
    throw new SandglassError(
      'internal-error',
      `Cannot describe ${recipe.id}: its recipe names no toolchain.`,
    );
  }
  if (image.tree !== undefined)
    return `The image "${image.name}" does not have it. Name another image; "sandglass images build ${recipe.id}" makes one.`;
  const packages = recipe.toolchains[0]?.debianPackages ?? [];
  const remedy =
    packages.length > 0
      ? `Type "sandglass languages install ${recipe.id}" to install it (Debian: ${packages.join(' ')}).`
      : `It comes with Sandglass's npm dependencies: type "npm install" in Sandglass's folder.`;
  return `${missing.paths.join(' and ')} ${missing.paths.length > 1 ? 'are' : 'is'} not there. ${remedy}`;
}

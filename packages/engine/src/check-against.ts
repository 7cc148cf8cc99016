import type {LanguageCatalogue, LanguageRecipe, ResolvedLanguage} from '@sandglass/languages';
import {type Limits, type RunSpec, SandglassError} from '@sandglass/protocol';
import {checkNetwork} from './check-network.ts';
import {checkPinning} from './check-pinning.ts';
import {checkRoom} from './check-room.ts';
import type {ImageFacts} from './images/level-images.ts';
import type {LevelFacts} from './isolation/levels.ts';
import {checkJudging} from './judge/plan-judging.ts';
import type {NetworkPermission} from './network/network-permission.ts';
import {planJob} from './pipeline/job.ts';

/** What engines elsewhere said of themselves. */
export interface RunChecks {
  readonly languages: Pick<LanguageCatalogue, 'resolve'>;
  readonly levels: readonly LevelFacts[];
  readonly images: readonly ImageFacts[];
  readonly pinnableCpus: readonly number[];
  readonly network: NetworkPermission;
  /** Of checkers and interactors. */
  readonly judgeLimits: Limits;
}

/**
 * `Engine.check` for a process that has no engine: refuses what no engine with these abilities could ever run. Throws what `Engine.check`
 * throws.
 */
export function checkAgainst(
  spec: RunSpec,
  {languages, levels, images, pinnableCpus, network, judgeLimits: limits}: RunChecks,
): ResolvedLanguage {
  const available = levels.filter((level) => level.kind === 'available');
  const level = available.find(({name, isDefault}) =>
    spec.isolation === 'auto' ? isDefault : name === spec.isolation,
  );
  if (level === undefined) {
    const choices = ['auto', ...available.map(({name}) => name)].map((name) => `"${name}"`).join(' or ');
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot run with isolation "${spec.isolation}": no worker offers it. Use ${choices}.`,
      {fields: [{path: '/isolation', message: `must be ${choices}`}]},
    );
  }
  refuseUnknownImage(spec, images);
  // Whether that level can reach targets by address is for the engine to say that has it.
  checkNetwork(spec, network, {name: level.name, hasEveryAddress: true});
  checkPinning(spec, {cpus: [...pinnableCpus], whyNone: 'no worker reserves cores for single runs'});
  checkRoom(spec, level);
  const job = planJob(spec, languages, {isLive: false});
  refuseMissingIn(spec, images, job.recipe);
  if (spec.judging !== null) checkJudging(job, spec.judging, {languages, limits});
  return {recipe: job.recipe, toolchain: job.toolchain};
}

function refuseUnknownImage({image}: Pick<RunSpec, 'image'>, images: readonly ImageFacts[]): void {
  if (image === null || images.some(({name}) => name === image)) return;
  const choices = images.map(({name}) => `"${name}"`).join(' or ');
  throw new SandglassError(
    'unknown-image',
    `Cannot run in image "${image}": no worker offers it. They offer ${choices}.`,
    {fields: [{path: '/image', message: `must be ${choices}`}]},
  );
}

/** The image that a run names need not have what others have. */
function refuseMissingIn(
  {image}: Pick<RunSpec, 'image'>,
  images: readonly ImageFacts[],
  {id}: Pick<LanguageRecipe, 'id'>,
): void {
  const found = images.find(({name}) => name === image);
  if (found === undefined || found.languages.includes(id)) return;
  throw new SandglassError(
    'language-unavailable',
    `Cannot run ${id} in image "${found.name}": it is not in that image. It has ${found.languages.join(', ') || 'no language'}.`,
    {fields: [{path: '/language', message: `must be in image "${found.name}"`}]},
  );
}

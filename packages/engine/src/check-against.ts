import type {LanguageCatalogue, ResolvedLanguage} from '@sandglass/languages';
import {type RunSpec, SandglassError} from '@sandglass/protocol';
import {checkNetwork} from './check-network.ts';
import {checkPinning} from './check-pinning.ts';
import type {ImageFacts} from './images/level-images.ts';
import type {LevelFacts} from './isolation/levels.ts';
import type {NetworkPermission} from './network/network-permission.ts';
import {planJob} from './pipeline/job.ts';

/** What engines elsewhere said of themselves. */
export interface RunChecks {
  readonly languages: Pick<LanguageCatalogue, 'resolve'>;
  readonly levels: readonly LevelFacts[];
  readonly images: readonly ImageFacts[];
  readonly pinnableCpus: readonly number[];
  readonly network: NetworkPermission;
}

/**
 * `Engine.check` for a process that has no engine: refuses what no engine with these abilities could ever run. Throws what `Engine.check`
 * throws. What only the executing engine can see, such as a checker program that cannot be planned, ends the run instead.
 */
export function checkAgainst(
  spec: RunSpec,
  {languages, levels, images, pinnableCpus, network}: RunChecks,
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
  checkNetwork(spec, network);
  checkPinning(spec, {cpus: [...pinnableCpus], whyNone: 'no worker reserves cores for single runs'});
  const {recipe, toolchain} = planJob(spec, languages, {isLive: false});
  const {checker, interactor} = spec.judging ?? {};
  if (checker?.kind === 'program') languages.resolve(checker.language);
  if (interactor != null) languages.resolve(interactor.language);
  return {recipe, toolchain};
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

import {type RunSpec, SandglassError} from '@sandglass/protocol';
import type {PinnableCpus} from './pipeline/cpu-reservations.ts';

/** Throws `isolation-unavailable` when the run asks for a core of its own and there is none to give. */
export function checkPinning({cpuPinning}: Pick<RunSpec, 'cpuPinning'>, {cpus, whyNone}: PinnableCpus): void {
  if (!cpuPinning || cpus.length > 0) return;
  throw new SandglassError(
    'isolation-unavailable',
    `Cannot run with limits.cpuPinning: ${whyNone}. Leave it out to run on any core.`,
    {fields: [{path: '/limits/cpuPinning', message: 'must be false'}]},
  );
}

import {SandglassError} from '@sandglass/protocol';
import type {Driver} from '@sandglass/sandbox';
import type {PinnableCpus} from './cpu-reservations.ts';

/**
 * The cores that runs may reserve by the operator's setting (`auto`, `none`, or a list such as `2-7,10`) and the driver's means.
 * Throws `configuration-invalid` for a list that names cores which are not there, or leaves none to everything else.
 */
export function pinnableCpus(
  {name, pinnableCpus: there = []}: Pick<Driver, 'name' | 'pinnableCpus'>,
  setting: string,
): PinnableCpus {
  if (setting === 'none') return {cpus: [], whyNone: 'the operator of this server gives no cores away'};
  if (there.length === 0)
    return {cpus: [], whyNone: `the ${name} driver cannot keep other programs off a core here`};
  if (there.length === 1 && setting === 'auto')
    return {cpus: [], whyNone: 'this machine has one core, which everything else needs'};
  if (setting === 'auto') return {cpus: there.slice(1), whyNone: ''};
  const cpus = readList(setting);
  const unknown = cpus.find((cpu) => !there.includes(cpu));
  if (unknown !== undefined)
    throw invalid(
      setting,
      `core ${unknown} is none of [${there.join(', ')}], which the ${name} driver offers`,
    );
  if (cpus.length >= there.length) throw invalid(setting, 'at least one core must stay for everything else');
  return {cpus, whyNone: ''};
}

/** No machine has more; a range that ends higher is a slip of the hand. */
const MAX_CPUS = 8192;

function readList(setting: string): number[] {
  const cpus = new Set<number>();
  for (const part of setting.split(',')) {
    const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    if (first === '' || Number(last) < Number(first) || Number(last) >= MAX_CPUS)
      throw invalid(setting, `"${part}" is no core and no range of cores`);
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return [...cpus];
}

function invalid(setting: string, problem: string): SandglassError {
  return new SandglassError(
    'configuration-invalid',
    `Cannot use pinnableCpus ${JSON.stringify(setting)}: ${problem}. Use "auto", "none", or a list such as "1" or "2-7,10".`,
  );
}

import {LIMIT_NAMES, type LimitName, nearestName} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

const TIME_UNITS: Readonly<Record<string, number>> = {'': 1, ms: 1, s: 1000, min: 60_000};
const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Names without their unit, as a person types them when the value has one: `memory=64MiB`. */
const SHORT_NAMES: Readonly<Record<string, LimitName>> = {
  wallTime: 'wallTimeMs',
  cpuTime: 'cpuTimeMs',
  memory: 'memoryBytes',
  output: 'outputBytes',
  file: 'fileBytes',
  disk: 'diskBytes',
  cpus: 'cpuCount',
};

/** Reads `name=value`, the value with or without a unit: `wallTimeMs=2000`, `wallTime=2s`, `memory=64MiB`, `cpus=0.5`. */
export function parseLimit(text: string): {name: LimitName; value: number} {
  const [, given = '', amount = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const name = SHORT_NAMES[given] ?? LIMIT_NAMES.find((known) => known === given);
  if (name === undefined) throw new CliError(EXIT_CODES.usage, unknownLimit(text, given));
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(amount) ?? [];
  const factor = unitsOf(name)[unit.toLowerCase()];
  if (digits === '' || factor === undefined) {
    throw new CliError(
      EXIT_CODES.usage,
      `Cannot read --limit ${text}: "${amount}" is not a number ${unitHint(name)}.`,
    );
  }
  return {name, value: name === 'cpuCount' ? Number(digits) : Math.round(Number(digits) * factor)};
}

function unitsOf(name: LimitName): Readonly<Record<string, number>> {
  if (name.endsWith('Ms')) return TIME_UNITS;
  return name.endsWith('Bytes') ? BYTE_UNITS : {'': 1};
}

function unitHint(name: LimitName): string {
  if (name.endsWith('Ms')) return 'with ms, s or min (500ms, 2s)';
  return name.endsWith('Bytes') ? 'with KiB, MiB, GiB, kB, MB or GB (64MiB)' : 'without a unit';
}

function unknownLimit(text: string, given: string): string {
  const names = [...LIMIT_NAMES, ...Object.keys(SHORT_NAMES)];
  const near = nearestName(given, names);
  const hint = near === null ? '' : ` Did you mean ${near}?`;
  return `Cannot read --limit ${text}: it must be name=value with one of ${LIMIT_NAMES.join(', ')}.${hint}`;
}

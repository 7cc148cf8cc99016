import type {LimitName} from '@sandglass/protocol';

const KIB = 1024;
const MIB = KIB * KIB;
const GIB = MIB * KIB;

/** A limit's value as people say it: `256 MiB`, `1.5 s`, `64`. */
export function quantity(limit: LimitName, value: number): string {
  switch (limit) {
    case 'wallTimeMs':
    case 'cpuTimeMs':
      return duration(value);
    case 'memoryBytes':
    case 'outputBytes':
    case 'fileBytes':
    case 'diskBytes':
      return bytes(value);
    case 'processes':
    case 'cpuCount':
      return String(value);
    default:
      return limit satisfies never;
  }
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${rounded(milliseconds)} ms` : `${rounded(milliseconds / 1000)} s`;
}

function bytes(count: number): string {
  if (count >= GIB) return `${rounded(count / GIB)} GiB`;
  if (count >= MIB) return `${rounded(count / MIB)} MiB`;
  if (count >= KIB) return `${rounded(count / KIB)} KiB`;
  return count === 1 ? '1 byte' : `${count} bytes`;
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

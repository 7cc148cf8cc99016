import type {Aim} from './aims.ts';
import type {LevelFigures} from './levels/level-figures.ts';
import {type Estimate, estimate, estimateRatio} from './statistics.ts';

const LINUX_ACQUIRE_MS = 5;
const OTHER_ACQUIRE_MS = 20;
const RESTORE_SHARE = 1 / 20;
const PARKED_BYTES = 25e6;

/** What isolation levels are to reach, each at the median, for the levels that were measured. */
export function levelAims(isolation: readonly LevelFigures[]): Aim[] {
  return isolation.flatMap((figures) => [acquireAim(figures), ...machineAims(figures)]);
}

function acquireAim({level, acquiredMs}: LevelFigures): Aim {
  const mostMs = level === 'linux' ? LINUX_ACQUIRE_MS : OTHER_ACQUIRE_MS;
  const figure = estimate(acquiredMs, 0.5);
  return {
    work: `${level}: a ready sandbox, acquired, p50`,
    aim: `≤ ${mostMs} ms`,
    measured: {text: `${interval(figure, 2)} ms`, isReached: figure.value <= mostMs},
  };
}

function machineAims({level, machine, createdMs, idle}: LevelFigures): Aim[] {
  if (machine === null) return [];
  const share = estimateRatio([createdMs, machine.bootedMs], 0.5);
  return [
    {
      work: `${level}: restored ÷ booted, p50`,
      aim: `≤ ${RESTORE_SHARE}`,
      measured: {text: interval(share, 3), isReached: share.value <= RESTORE_SHARE},
    },
    {
      work: `${level}: private memory of a parked one among ${idle?.count ?? 20}`,
      aim: `≤ ${PARKED_BYTES / 1e6} MB`,
      measured:
        idle === null
          ? null
          : {
              text: `${(idle.privateBytes / 1e6).toFixed(1)} MB`,
              isReached: idle.privateBytes <= PARKED_BYTES,
            },
    },
  ];
}

function interval({value, low, high}: Estimate, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

import type {LevelFigures} from '../levels/level-figures.ts';
import {percentiles} from '../statistics.ts';
import type {BenchReport} from './bench-report.ts';
import type {Table} from './table.ts';
import {ms} from './units.ts';

const MIB = 1024 * 1024;

/** What isolation levels cost, side by side. */
export function levelTable({isolation}: BenchReport): Table {
  const rows = isolation.map((figures) => [
    figures.level,
    middle(figures.createdMs),
    figures.createCpuMs === null ? '–' : ms(figures.createCpuMs),
    middle(figures.acquiredMs),
    middle(figures.acquiredWithLimitsMs),
    figures.idle === null ? '–' : mib(figures.idle.privateBytes),
    figures.idle === null ? '–' : mib(figures.idle.sharedBytes),
    figures.idle === null ? '–' : figures.idle.cpuMsPerSecond.toFixed(2),
  ]);
  return {
    title: 'Isolation levels, p50 (p95)',
    head: [
      'level',
      'made when nothing is ready, ms',
      'CPU of making and ending, ms',
      'ready one acquired, ms',
      '… with limits of its own, ms',
      'idle: private MiB',
      'idle: share of shared MiB',
      'idle: CPU ms/s',
    ],
    rows,
    notes: isolation.length === 0 ? [] : notes(isolation),
  };
}

function notes(isolation: readonly LevelFigures[]): string[] {
  const counts = isolation.flatMap(({idle}) => (idle === null ? [] : [idle.count]));
  return [
    'From asking until the sandbox has answered its first request. CPU: worker, daemons, monitors and sandbox together.',
    ...(counts.length === 0
      ? ['Memory and CPU are not known: control groups can be made by root only.']
      : [`Idle: each among ${Math.max(...counts)}, of everything but the worker.`]),
    ...isolation.flatMap(({level, machine, createdMs}) =>
      machine === null
        ? []
        : [
            `${level} (${machine.monitor}): a machine booted and saved ${middle(machine.bootedMs)} ms, restored and ready ${middle(createdMs)} ms, ended ${middle(machine.destroyedMs)} ms.`,
          ],
    ),
  ];
}

function middle(samples: readonly number[]): string {
  const {p50, p95} = percentiles(samples);
  return `${ms(p50)} (${ms(p95)})`;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(2);
}

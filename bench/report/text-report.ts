import {isQuiet, machineLine} from '../machine.ts';
import type {BenchReport} from './bench-report.ts';
import type {Table} from './table.ts';
import {tables} from './tables.ts';

/** The figures for a person at a terminal. */
export function textReport(report: BenchReport): string {
  const warning = isQuiet(report.machine)
    ? []
    : ['The machine was not quiet: the figures are about its other work, too.'];
  return [machineLine(report.machine), ...warning, ...tables(report).flatMap(textTable), ''].join('\n');
}

/** One table as lines of text. */
export function textTable({title, head, rows, notes}: Table): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const format = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return ['', title, ...all.map(format), ...notes.map((note) => `  ${note}`)];
}

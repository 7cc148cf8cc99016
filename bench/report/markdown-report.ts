import {isQuiet, machineLine} from '../machine.ts';
import type {BenchReport} from './bench-report.ts';
import type {Table} from './table.ts';
import {tables} from './tables.ts';

/** The tables as they stand in docs/performance.md. */
export function markdownReport(report: BenchReport): string {
  const warning = isQuiet(report.machine) ? '' : ' **The machine was not quiet.**';
  const [day = ''] = report.measuredAt.split('T');
  const head = `${day}, \`${report.command}\`: ${machineLine(report.machine)}.${warning}`;
  return [head, ...tables(report).flatMap(markdownTable), ''].join('\n');
}

/** One table as lines of Markdown. */
export function markdownTable({title, head, rows, notes}: Table): string[] {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`;
  return [
    '',
    `### ${title}`,
    '',
    row(head),
    rule,
    ...rows.map(row),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
  ];
}

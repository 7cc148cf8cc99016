import type {RunResult, TestResult} from '@sandglass/protocol';
import {toOneLine} from '../terminal/sanitize.ts';
import {styleFor} from '../terminal/style.ts';
import {formatTable} from '../terminal/table.ts';
import {formatBytes, formatMs} from '../terminal/units.ts';

const MAX_MESSAGE = 120;

/** One line a test and one for all of them; messages may hold anything, so they are made harmless. */
export function verdictLines(
  {tests, outcome, score, explanation}: RunResult,
  stream: NodeJS.WriteStream,
): string[] {
  const style = styleFor(stream);
  const passed = tests.filter((test) => test.outcome === 'ok').length;
  const rows = [['test', 'verdict', 'time', 'memory', ''], ...tests.map(row)];
  const [head = '', ...lines] = formatTable(rows);
  const colourOf = (index: number) => {
    const verdict = tests[index]?.outcome;
    return verdict === 'ok' ? 'green' : verdict === 'skipped' ? 'dim' : 'red';
  };
  const points = score === undefined ? '' : `, ${score.points} of ${score.possible} points`;
  const untold = passed === 0 && explanation !== null ? [toOneLine(explanation.message)] : [];
  return [
    style('dim', head),
    ...lines.map((line, index) => style(colourOf(index), line)),
    style(outcome === 'ok' ? 'green' : 'red', `${outcome}: ${passed} of ${tests.length} passed${points}`),
    ...untold,
  ];
}

function row({name, outcome, run, message = ''}: TestResult): string[] {
  const facts = run === null ? ['', ''] : [formatMs(run.wallTimeMs), formatBytes(run.memoryPeakBytes)];
  return [toOneLine(name), outcome, ...facts, toOneLine(message).slice(0, MAX_MESSAGE)];
}

import type {RunResult, Step} from '@sandglass/protocol';
import {UNSPOKEN_OUTCOMES} from '../exit-codes.ts';
import {toOneLine} from '../terminal/sanitize.ts';
import {styleFor} from '../terminal/style.ts';
import {formatBytes, formatMs} from '../terminal/units.ts';

/**
 * What a person is told on stderr after the run: one line of facts on a terminal, and the explanation when there is one.
 * A script gets the explanation only where its program had no chance to say why it ended.
 */
export function summaryLines(result: RunResult, stream: NodeJS.WriteStream): string[] {
  const style = styleFor(stream);
  const lines: string[] = [];
  if (result.explanation !== null && (stream.isTTY || UNSPOKEN_OUTCOMES.has(result.outcome))) {
    lines.push(style('yellow', `sandglass: ${toOneLine(result.explanation.message)}`));
  }
  if (stream.isTTY) {
    const colour = result.outcome === 'ok' ? 'green' : 'red';
    lines.push(`${style(colour, result.outcome)}${style('dim', ` · ${facts(result).join(' · ')}`)}`);
  }
  return lines;
}

function facts({language, compile, run, cached, isolation}: RunResult): string[] {
  return [
    `${language.id} ${language.version}`,
    ...(compile === null
      ? []
      : [`compiled in ${cached.compile ? 'no time (cached)' : formatMs(compile.wallTimeMs)}`]),
    ...(run === null ? [] : runFacts(run)),
    ...isolation.weaker.map((mechanism) => `weaker: ${toOneLine(mechanism)}`),
  ];
}

function runFacts(run: Step): string[] {
  const dropped = [
    ...(run.stdoutTruncated ? ['stdout cut'] : []),
    ...(run.stderrTruncated ? ['stderr cut'] : []),
  ];
  return [
    run.signal === null ? `exit ${run.exitCode}` : run.signal,
    `${formatMs(run.wallTimeMs)} (cpu ${formatMs(run.cpuTimeMs)})`,
    formatBytes(run.memoryPeakBytes),
    ...dropped,
  ];
}

import type {LatencyCase} from '../latency.ts';
import {estimate, percentile} from '../statistics.ts';
import {escapeHtml} from './escape-html.ts';

const WIDTH = 880;
const LABEL = 190;
const RIGHT = 70;
const ROW = 26;
const TOP = 28;

/**
 * One workload: a row for each subject, on a logarithmic scale. The bar ends at the median, the bracket is its interval, the thin line
 * reaches from p95 to p99. Plain SVG; colours come from the page.
 */
export function latencyChart(title: string, cases: readonly LatencyCase[]): string {
  const figures = cases.map(({subject, samplesMs}) => ({
    subject,
    ...estimate(samplesMs, 0.5),
    p95: percentile(samplesMs, 0.95),
    p99: percentile(samplesMs, 0.99),
  }));
  const low = 10 ** Math.floor(Math.log10(Math.min(...figures.map((each) => each.low)) / 1.5));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...figures.map((each) => each.p99)) * 1.1));
  const x = (ms: number) =>
    LABEL + ((Math.log(ms) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (WIDTH - LABEL - RIGHT);
  const height = TOP + figures.length * ROW + 24;
  const rows = figures.map(({subject, value, low: from, high: to, p95, p99}, index) => {
    const y = TOP + index * ROW;
    const kind = subject.startsWith('Sandglass') ? 'ours' : subject === 'by hand' ? 'bare' : 'peer';
    const middle = y + 9;
    return `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escapeHtml(subject)}</text>
<rect class="${kind}" x="${LABEL}" y="${y}" width="${at(x(value) - LABEL)}" height="18" rx="2"><title>${escapeHtml(subject)}: p50 ${value.toFixed(2)} ms, p95 ${p95.toFixed(2)}, p99 ${p99.toFixed(2)}</title></rect>
<path class="mark" d="M${at(x(from))} ${y + 4}v10M${at(x(to))} ${y + 4}v10M${at(x(from))} ${middle}H${at(x(to))}"/>
<path class="tail" d="M${at(x(p95))} ${middle}H${at(x(p99))}M${at(x(p99))} ${y + 6}v6"/>
<text x="${at(x(p99) + 6)}" y="${y + 13}">${value.toFixed(value < 10 ? 2 : 1)}</text>`;
  });
  const bottom = TOP + figures.length * ROW;
  const ticks = decades(low, high).map(
    (ms) =>
      `<path class="grid" d="M${at(x(ms))} ${TOP - 4}V${bottom}"/><text class="tick" x="${at(x(ms))}" y="${bottom + 14}" text-anchor="middle">${ms} ms</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">
<text class="title" x="0" y="14">${escapeHtml(title)}</text>
${[...ticks, ...rows].join('\n')}
</svg>`;
}

function decades(low: number, high: number): number[] {
  const found: number[] = [];
  for (let ms = low; ms <= high * 1.001; ms *= 10) found.push(Number(ms.toPrecision(1)));
  return found;
}

function at(value: number): string {
  return value.toFixed(1);
}

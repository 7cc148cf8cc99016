import {isQuiet, machineLine} from '../machine.ts';
import type {BenchReport} from './bench-report.ts';
import {escapeHtml} from './escape-html.ts';
import {latencyChart} from './latency-chart.ts';
import type {Table} from './table.ts';
import {tables} from './tables.ts';

const STYLE = `:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#d8dde5;--page:#fff;--ours:#c77d0a;--bare:#7d8896;--peer:#3f78b5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b4;--line:#333c49;--page:#14181f;--ours:#e2a33b;--bare:#707c8c;--peer:#5d96d1}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:920px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.2rem}p,li{color:var(--soft)}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right}th:first-child,td:first-child{text-align:left}
svg{width:100%;height:auto;margin:.6rem 0;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}svg .title{font-weight:600;font-size:13px}svg .tick{fill:var(--soft)}
.ours{fill:var(--ours)}.bare{fill:var(--bare)}.peer{fill:var(--peer)}.grid{stroke:var(--line);fill:none}.mark{stroke:var(--ink);stroke-width:1.5;fill:none}.tail{stroke:var(--soft);fill:none}`;

/** The whole report in one file: nothing is loaded from elsewhere and nothing in it runs. */
export function htmlReport(report: BenchReport, titles: ReadonlyMap<string, string>): string {
  const warning = isQuiet(report.machine)
    ? ''
    : '<p><strong>The machine was not quiet: the figures are about its other work, too.</strong></p>';
  const charts = [...new Set(report.latency.cases.map(({workload}) => workload))].map((workload) =>
    latencyChart(
      titles.get(workload) ?? workload,
      report.latency.cases.filter((each) => each.workload === workload),
    ),
  );
  const legend =
    '<p>Logarithmic scale. A bar ends at the median, the bracket around it is its 95 % interval, the thin line goes from p95 to p99.</p>';
  const [aimTable, ...others] = tables(report);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandglass benchmark</title>
<style>${STYLE}</style>
<h1>Sandglass benchmark</h1>
<p>${escapeHtml(report.measuredAt)}, <code>${escapeHtml(report.command)}</code><br>${escapeHtml(machineLine(report.machine))}</p>
${warning}
${aimTable === undefined ? '' : section(aimTable)}
${charts.length === 0 ? '' : `<h2>Latency</h2>${legend}${charts.join('\n')}`}
${others.map(section).join('\n')}
</html>
`;
}

function section({title, head, rows, notes}: Table): string {
  const cells = (row: readonly string[], tag: 'th' | 'td') =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  const list =
    notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`;
  return `<h2>${escapeHtml(title)}</h2>
<div class="table"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>
${body}
</tbody></table></div>${list}`;
}

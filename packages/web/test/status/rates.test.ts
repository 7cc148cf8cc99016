import {describe, expect, test} from 'vitest';
import {niceCeiling} from '../../src/status/nice-ceiling.ts';
import {parseMetrics, sumOf} from '../../src/status/parse-metrics.ts';
import {latencyMs, runsPerSecond} from '../../src/status/rates.ts';
import {readServer} from '../../src/status/server-reading.ts';

const text = (runs: number) => `# HELP sandglass_runs_total Finished runs.
sandglass_runs_total{language="python",outcome="ok"} ${runs}
sandglass_runs_total{language="c",outcome="compile-error"} 2
sandglass_run_stage_seconds_bucket{le="0.1",stage="total"} ${runs}
sandglass_run_stage_seconds_bucket{le="+Inf",stage="total"} ${runs}
sandglass_run_stage_seconds_bucket{le="0.1",stage="run"} 99
sandglass_pool_sandboxes{condition="ready"} 4
`;

describe('figures of the server', () => {
  test('are read from the text format, labels with escapes included', () => {
    const [sample] = parseMetrics('a_total{path="C:\\\\x \\"y\\"",b="2"} 1.5e3 123\n');
    expect(sample).toEqual({name: 'a_total', labels: {path: 'C:\\x "y"', b: '2'}, value: 1500});
  });

  test('are summed over the labels that are not asked for', () => {
    const samples = parseMetrics(text(3));
    expect(sumOf(samples, 'sandglass_runs_total')).toBe(5);
    expect(sumOf(samples, 'sandglass_runs_total', {outcome: 'ok'})).toBe(3);
  });

  test('give outcomes, pool and rate', () => {
    const [before, after] = [readServer(text(10), 0), readServer(text(30), 4000)];
    expect(after).toMatchObject({outcomes: {ok: 30, 'compile-error': 2}, ready: 4});
    expect(runsPerSecond(before, after)).toBe(5);
    expect(latencyMs(before, after, 0.5)).toBe(50);
  });

  test('have no latency when nothing finished, and no negative rate after a restart', () => {
    const [before, after] = [readServer(text(10), 0), readServer(text(4), 1000)];
    expect(latencyMs(before, before, 0.5)).toBeNull();
    expect(runsPerSecond(before, after)).toBe(0);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [1.2, 2],
  [37, 50],
  [501, 1000],
])('an axis for %d ends at %d', (value, end) => expect(niceCeiling(value)).toBe(end));

import {describe, expect, it} from 'vitest';
import {aims} from '../../aims.ts';
import type {CombinationCase} from '../../cluster/measure-combinations.ts';
import type {LevelFigures} from '../../levels/level-figures.ts';
import type {BenchReport} from '../../report/bench-report.ts';
import {htmlReport} from '../../report/html-report.ts';
import {markdownReport} from '../../report/markdown-report.ts';
import {textReport} from '../../report/text-report.ts';

const hundred = (value: number) => Array.from({length: 100}, () => value);

const NOTHING: BenchReport = {
  measuredAt: '2026-01-31T12:00:00.000Z',
  machine: {cpu: 'A <fast> one', cores: 2, memoryBytes: 2 ** 34, kernel: '6.1', node: 'v24', loadBefore: 0},
  command: 'npm run bench',
  levels: ['Sandglass'],
  latency: {cases: [], leftOut: []},
  throughput: {cases: [], leftOut: []},
  sandboxes: [],
  density: null,
  idle: [],
  timing: null,
  live: null,
  memory: [],
  combinations: null,
  isolation: [],
  missingPeers: [],
};

function latencyCase(workload: 'python' | 'c' | 'cpp-cached', subject: string, value: number) {
  return {
    workload,
    subject,
    samplesMs: hundred(value),
    cpuMsPerRun: 1,
    cpuOf: 'itself',
    memoryBytes: 2 ** 21,
    memoryOf: 'itself',
  };
}

function combinationCase(
  name: 'embedded/SQLite' | 'BullMQ/PostgreSQL',
  value: number,
  cpuMsPerRun: CombinationCase['cpuMsPerRun'],
): CombinationCase {
  return {
    name,
    workers: 1,
    samplesMs: hundred(value),
    queuedMs: hundred(1),
    clients: 32,
    runsPerSecond: [90, 100],
    cpuMsPerRun,
  };
}

const MACHINE = {monitor: 'qemu, tcg', bootedMs: hundred(2000), destroyedMs: hundred(5)};

function levelFigures(level: 'linux' | 'microvm', createdMs: number): LevelFigures {
  return {
    level,
    createdMs: hundred(createdMs),
    createCpuMs: 1.5,
    acquiredMs: hundred(6),
    acquiredWithLimitsMs: hundred(7),
    idle: {count: 20, privateBytes: 26e6, sharedBytes: 2 ** 20, cpuMsPerSecond: 0.1},
    machine: null,
  };
}

const FULL: BenchReport = {
  ...NOTHING,
  latency: {
    cases: [
      latencyCase('python', 'by hand', 12),
      latencyCase('python', 'Sandglass', 6),
      latencyCase('python', 'go-judge', 18),
      latencyCase('c', 'by hand', 0.7),
      latencyCase('c', 'Sandglass', 2.9),
    ],
    leftOut: [{workload: 'java', subject: 'piston', reason: '<no runtime>'}],
  },
  throughput: {
    cases: [
      {workload: 'c', subject: 'Sandglass', clients: 32, runsPerSecond: [900, 1100, 1200]},
      {workload: 'python', subject: 'Sandglass', clients: 32, runsPerSecond: [90]},
      {workload: 'python', subject: 'by hand', clients: 2, runsPerSecond: [100]},
    ],
    leftOut: [],
  },
  density: {
    count: 100,
    createdMs: 300,
    createLauncherCpuMs: 100,
    createWorkerCpuMs: 50,
    destroyedMs: 90,
    left: 0,
    machineBytesEach: 204_800,
    kinds: [{kind: 'plain', count: 100, privateBytes: 61_440, proportionalBytes: 71_680}],
    singleUse: {perSecond: 900, launcherCpuMs: 0.9, workerCpuMs: 0.4},
  },
  idle: [{kind: 'python3', count: 4, privateBytes: 3_000_000, proportionalBytes: 6_000_000}],
  timing: {
    cases: [{title: 'in a run', cpuMs: [229, 230, 231], variation: 0.004, range: 0.0087, beyondOwnMs: [0.4]}],
    instructionCounter: 'not offered by this host',
  },
  isolation: [levelFigures('linux', 3), {...levelFigures('microvm', 50), machine: MACHINE}],
  missingPeers: [{name: 'isolate', remedy: 'build it'}],
  combinations: {
    phases: [
      {
        workers: 1,
        cases: [
          combinationCase('embedded/SQLite', 3, {server: 2, sandboxes: 1}),
          combinationCase('BullMQ/PostgreSQL', 7, {
            API: 1,
            worker: 2,
            sandboxes: 1,
            PostgreSQL: 0.5,
            broker: 0.1,
          }),
        ],
      },
    ],
    leftOut: [{name: 'RabbitMQ/PostgreSQL', reason: 'install it'}],
  },
};

describe('the aims', () => {
  it('are held against the figures of the same run, with their interval', () => {
    const found = new Map(aims(FULL).map(({work, measured}) => [work, measured]));
    expect(found.get('Python hello ÷ by hand, p50')).toEqual({text: '0.50 (0.50–0.50)', isReached: true});
    expect(found.get('C hello, compiled before: added to by hand, p50')).toEqual({
      text: '2.20 ms',
      isReached: false,
    });
    expect(found.get('trivial C, 32 clients')).toEqual({text: '1100 runs/s', isReached: true});
    expect(found.get('Python hello per second ÷ xargs -P python3 hello.py on all cores')).toMatchObject({
      isReached: false,
    });
    expect(found.get('a fresh single-use sandbox, made and destroyed')).toEqual({
      text: '1.30 ms CPU',
      isReached: false,
    });
    expect(found.get('Node hello ÷ by hand, p50')).toBeNull();
    expect(found.get('BullMQ/PostgreSQL, 1 worker: added to embedded/SQLite, p50')).toEqual({
      text: '4.00 ms (4.00–4.00)',
      isReached: true,
    });
    expect(found.get('BullMQ/PostgreSQL, 2 workers: added to embedded/SQLite, p50')).toBeNull();
  });

  it('scale the idle sandboxes to 500, and count what was left as a failure', () => {
    const idle = (density: Partial<NonNullable<BenchReport['density']>>) =>
      aims({...FULL, density: FULL.density && {...FULL.density, ...density}}).find(({work}) =>
        work.includes('idle'),
      )?.measured;
    expect(idle({})).toMatchObject({isReached: true});
    expect(idle({createdMs: 500})).toMatchObject({isReached: false});
    expect(idle({left: 1})).toMatchObject({isReached: false});
  });

  it('hold each level to its own figures, and only machines to those of machines', () => {
    const found = aims(FULL).filter(({work}) => /^(linux|microvm):/.test(work));
    expect(found.map(({work, measured}) => [work, measured?.isReached])).toEqual([
      ['linux: a ready sandbox, acquired, p50', false],
      ['microvm: a ready sandbox, acquired, p50', true],
      ['microvm: restored ÷ booted, p50', true],
      ['microvm: private memory of a parked one among 20', false],
    ]);
  });

  it('are all there, unmeasured, when nothing was measured', () => {
    expect(aims(NOTHING).map(({measured}) => measured)).toEqual(aims(NOTHING).map(() => null));
    expect(aims(NOTHING)).toHaveLength(16);
  });
});

describe('a report', () => {
  it('says as text what was measured, what was left out, and what was not there', () => {
    const text = textReport(FULL);
    for (const part of [
      '✓',
      '✗',
      'python, go-judge',
      '1.50',
      'piston left out of java',
      'isolate',
      'python3 (4)',
      '60 KiB private',
      'BullMQ/PostgreSQL, 1 worker',
      'RabbitMQ/PostgreSQL left out, its servers are not here: install it',
      'a machine booted and saved 2000.0',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('not quiet');
    expect(textReport({...FULL, machine: {...FULL.machine, loadBefore: 3}})).toContain('not quiet');
  });

  it('is a table in Markdown that its reader takes as one', () => {
    const markdown = markdownReport(FULL);
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.length).toBeGreaterThan(20);
    for (const block of markdown.split('\n\n').filter((part) => part.startsWith('|'))) {
      const cells = block
        .split('\n')
        .filter(Boolean)
        .map((row) => row.split(' | ').length);
      // The rule below the head is written without blanks.
      expect(new Set(cells.filter((_, index) => index !== 1))).toHaveProperty('size', 1);
    }
  });

  it('is one page that loads nothing and runs nothing, whatever names are in it', () => {
    const html = htmlReport(FULL, new Map([['python', 'Python "hello"']]));
    expect(html).not.toMatch(/<script|https?:\/\/|@import|url\(|\son\w+=/);
    expect(html).toContain('A &lt;fast&gt; one');
    expect(html).toContain('&lt;no runtime&gt;');
    expect(html).toContain('Python &quot;hello&quot;');
    expect(html.match(/<svg /g)).toHaveLength(2);
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html).not.toContain('NaN');
  });

  it('can be made of nothing', () => {
    expect(htmlReport(NOTHING, new Map())).not.toContain('NaN');
    expect(textReport(NOTHING)).toContain('not measured');
    expect(markdownReport(NOTHING)).toContain('### Aims');
  });
});

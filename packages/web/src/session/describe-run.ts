import type {Outcome, Run, Step, TestResult} from '@sandglass/protocol';

/** How an outcome feels: it decides the colour, never alone, always beside the words. */
export type Tone = 'good' | 'bad' | 'warn' | 'calm';

const OUTCOME_WORDS: Readonly<Record<Outcome | 'skipped', {readonly label: string; readonly tone: Tone}>> = {
  ok: {label: 'Finished', tone: 'good'},
  'wrong-answer': {label: 'Wrong answer', tone: 'bad'},
  'compile-error': {label: 'Does not compile', tone: 'bad'},
  'runtime-error': {label: 'Runtime error', tone: 'bad'},
  signaled: {label: 'Ended by a signal', tone: 'bad'},
  'time-limit': {label: 'Out of time', tone: 'warn'},
  'memory-limit': {label: 'Out of memory', tone: 'warn'},
  'output-limit': {label: 'Too much output', tone: 'warn'},
  'disk-limit': {label: 'Disk full', tone: 'warn'},
  'process-limit': {label: 'Too many processes', tone: 'warn'},
  cancelled: {label: 'Stopped', tone: 'calm'},
  'internal-error': {label: 'Fault of Sandglass', tone: 'bad'},
  skipped: {label: 'Not run', tone: 'calm'},
};

/** An outcome in words. One that a newer server invented is shown by its own name. */
export function describeOutcome(outcome: string): {readonly label: string; readonly tone: Tone} {
  const isKnown = (name: string): name is keyof typeof OUTCOME_WORDS => Object.hasOwn(OUTCOME_WORDS, name);
  return isKnown(outcome) ? OUTCOME_WORDS[outcome] : {label: outcome, tone: 'bad'};
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Said when one asks for more. */
  readonly detail?: string;
}

/** The figures of a finished run, most wanted first. */
export function factsOf(run: Run): Fact[] {
  const step = run.run ?? run.compile;
  return [
    ...(run.tests.length > 0 ? [passedFact(run.tests)] : step === null ? [] : stepFacts(step)),
    ...(run.compile === null || step === run.compile
      ? []
      : [{label: 'Compile', value: run.cached.compile ? 'cached' : formatMs(run.compile.wallTimeMs)}]),
    {
      label: 'Isolation',
      value: run.isolation.driver,
      detail: [
        `Enforced: ${run.isolation.enforced.join(', ') || 'nothing'}.`,
        ...(run.isolation.weaker.length === 0 ? [] : [`Weaker here: ${run.isolation.weaker.join(', ')}.`]),
      ].join('\n'),
    },
  ];
}

function passedFact(tests: readonly TestResult[]): Fact {
  const passed = tests.filter(({outcome}) => outcome === 'ok').length;
  return {label: 'Passed', value: `${passed} of ${tests.length}`};
}

function stepFacts(step: Step): Fact[] {
  return [
    step.signal === null
      ? {label: 'Exit code', value: String(step.exitCode ?? '–')}
      : {label: 'Signal', value: step.signal},
    {label: 'Time', value: formatMs(step.wallTimeMs), detail: 'Wall-clock time from start to end.'},
    {label: 'CPU', value: formatMs(step.cpuTimeMs), detail: 'CPU time of all processes together.'},
    {label: 'Memory', value: formatBytes(step.memoryPeakBytes), detail: 'Peak of all processes together.'},
  ];
}

export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kib = bytes / 1024;
  if (kib < 1024) return `${kib.toFixed(0)} KiB`;
  const mib = kib / 1024;
  return mib < 1024 ? `${mib.toFixed(mib < 10 ? 1 : 0)} MiB` : `${(mib / 1024).toFixed(2)} GiB`;
}

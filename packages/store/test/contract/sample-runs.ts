import {
  DEFAULT_COMPILE_LIMITS,
  DEFAULT_RUN_LIMITS,
  type RunResult,
  type RunSpec,
  type Step,
} from '@sandglass/protocol';
import type {NewRun} from '@sandglass/store';

/** A run request as the server would have parsed it. */
export function sampleSpec(changes: Partial<RunSpec> = {}): RunSpec {
  return {
    language: 'python',
    code: new TextEncoder().encode('print("héllo")\n'),
    files: [],
    entry: null,
    stdin: new Uint8Array(),
    args: [],
    env: {},
    compilerOptions: [],
    limits: DEFAULT_RUN_LIMITS,
    compileLimits: DEFAULT_COMPILE_LIMITS,
    cpuPinning: false,
    outputPolicy: 'truncate',
    network: 'none',
    isolation: 'auto',
    image: null,
    judging: null,
    artifacts: [],
    cache: 'compile',
    priority: 'interactive',
    callback: null,
    metadata: {},
    ...changes,
  };
}

export function sampleRun(id: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    id,
    owner: 'local',
    spec: sampleSpec(),
    language: {id: 'python', version: '3.11'},
    createdAt: '2026-01-31T12:00:00.000Z',
    batchId: null,
    ...changes,
  };
}

export function sampleStep(changes: Partial<Step> = {}): Step {
  return {
    exitCode: 0,
    signal: null,
    stdout: 'héllo\n',
    stderr: '',
    stdoutTruncated: false,
    stderrTruncated: false,
    stdoutBytes: 7,
    stderrBytes: 0,
    wallTimeMs: 12.5,
    cpuTimeMs: 11.25,
    memoryPeakBytes: 9_437_184,
    processesPeak: 1,
    ...changes,
  };
}

export function sampleResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    outcome: 'ok',
    language: {id: 'python', version: '3.11'},
    isolation: {driver: 'linux', enforced: ['user-namespace'], weaker: []},
    compile: null,
    run: sampleStep(),
    tests: [],
    explanation: null,
    diagnostics: [],
    artifacts: [],
    cached: {compile: false, result: false},
    ...changes,
  };
}

import {isUtf8} from 'node:buffer';
import {setTimeout as delay} from 'node:timers/promises';
import type {Engine, ExecuteOptions, ImageFacts, LevelFacts} from '@sandglass/engine';
import type {CatalogueEntry, LanguageRecipe, ResolvedLanguage} from '@sandglass/languages';
import {
  DRIVER_NAMES,
  type IsolationReport,
  type Judging,
  parseRunRequest,
  type RunRequest,
  type RunResult,
  type RunSpec,
  SandglassError,
  type Step,
  type TestResult,
} from '@sandglass/protocol';
import type {PoolStats} from '@sandglass/sandbox';

/** What a test wants an execution to do; `attempt` counts from 1 for each program text. */
export type Script = (options: ExecuteOptions, attempt: number) => Promise<Partial<Step>>;

const RECIPE: LanguageRecipe = {
  id: 'script',
  name: 'Script',
  aliases: ['sc'],
  extensions: ['.sc'],
  sourceFile: 'main.sc',
  toolchains: [],
  example: 'hello',
  run: () => ({argv: [], env: {}, files: []}),
};
const TOOLCHAIN = {name: 'script', version: '1.0', digest: 'none'};

/**
 * Stands where the real engine stands, for tests of the logic around it: retries, waiting, events, idempotency.
 * A program is the name of a script; an unknown one ends at once with exit code 0 and its own text as output. A judged one passes the
 * tests whose expected output is part of what it prints.
 */
export class ScriptedEngine implements Engine {
  readonly isolation: IsolationReport = {driver: 'linux', enforced: ['nothing'], weaker: []};
  readonly levels: readonly LevelFacts[] = DRIVER_NAMES.map((name) =>
    name === 'linux'
      ? {name, kind: 'available', isDefault: true, isolation: this.isolation, room: {}, weaker: []}
      : {name, kind: 'unavailable', reason: 'There are scripts only.'},
  );
  readonly images: readonly ImageFacts[] = [
    {name: 'host', digest: null, isDefault: true, languages: ['script']},
  ];
  readonly poolStats: PoolStats = {ready: 1, creating: 0, inUse: 0, waiting: 0, target: 1};
  readonly primed = [];
  readonly pinnableCpus: readonly number[] = [];
  readonly languages = {
    entries: [{recipe: RECIPE, toolchains: [TOOLCHAIN], reason: null} satisfies CatalogueEntry],
    resolve: (name: string): ResolvedLanguage => {
      if (!['script', 'sc'].includes(name.toLowerCase()))
        throw new SandglassError('unknown-language', `There is no language "${name}". Known: script.`);
      return {recipe: RECIPE, toolchain: TOOLCHAIN};
    },
  };
  /** Program texts in the order in which their executions began. */
  readonly executed: string[] = [];
  /** What was asked for, in the same order. */
  readonly specs: RunSpec[] = [];
  readonly #attempts = new Map<string, number>();
  readonly #scripts: Readonly<Record<string, Script>>;

  constructor(scripts: Readonly<Record<string, Script>> = {}) {
    this.#scripts = scripts;
  }

  check(spec: RunSpec): ResolvedLanguage {
    return this.languages.resolve(spec.language);
  }

  async execute(spec: RunSpec, options: ExecuteOptions): Promise<RunResult> {
    const text = new TextDecoder().decode(spec.code ?? spec.files[0]?.content ?? new Uint8Array());
    this.executed.push(text);
    this.specs.push(spec);
    const attempt = (this.#attempts.get(text) ?? 0) + 1;
    this.#attempts.set(text, attempt);
    await options.onEvent?.({kind: 'state', state: 'running'});
    const step = await (this.#scripts[text] ?? printName(text))(options, attempt);
    const result = resultOf(step, options.signal?.aborted ? 'cancelled' : 'ok', this.isolation);
    return spec.judging === null ? result : judged(result, spec.judging);
  }

  async run(request: RunRequest, options: Partial<ExecuteOptions> = {}): Promise<RunResult> {
    return await this.execute(parseRunRequest(request), {signal: undefined, onEvent: undefined, ...options});
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Sleeps, and ends at once when cancelled. */
export const sleep =
  (ms: number): Script =>
  async ({signal}) => {
    await delay(ms, undefined, {signal}).catch(() => undefined);
    return {};
  };

/** Prints bytes as they are, one event a piece, a turn of the event loop apart. */
export const print =
  (...pieces: (string | Uint8Array)[]): Script =>
  async ({onEvent}) => {
    const chunks = pieces.map((piece) =>
      typeof piece === 'string' ? new TextEncoder().encode(piece) : piece,
    );
    for (const data of chunks) {
      await onEvent?.({kind: 'output', stream: 'stdout', data, atMs: 1});
      await delay(1);
    }
    const bytes = Buffer.concat(chunks);
    const stdout = bytes.toString('utf8');
    // As the real engine does: a late subscriber is told from the result, which must have lost nothing.
    return isUtf8(bytes) ? {stdout} : {stdout, stdoutBase64: bytes.toString('base64')};
  };

function judged(result: RunResult, {tests}: Judging): RunResult {
  const results = tests.map(({name, expected}): TestResult => {
    const isRight = result.run?.stdout.includes(Buffer.from(expected ?? []).toString()) ?? false;
    return {name, outcome: isRight ? 'ok' : 'wrong-answer', run: result.run, message: `message of ${name}`};
  });
  const outcome =
    results.find((test) => test.outcome !== 'ok')?.outcome === undefined ? 'ok' : 'wrong-answer';
  return {...result, outcome: result.outcome === 'cancelled' ? 'cancelled' : outcome, tests: results};
}

function printName(text: string): Script {
  return print(text);
}

function resultOf(step: Partial<Step>, outcome: 'ok' | 'cancelled', isolation: IsolationReport): RunResult {
  const run: Step = {
    exitCode: 0,
    signal: null,
    stdout: '',
    stderr: '',
    stdoutTruncated: false,
    stderrTruncated: false,
    stdoutBytes: 0,
    stderrBytes: 0,
    wallTimeMs: 1,
    cpuTimeMs: 1,
    memoryPeakBytes: 1,
    processesPeak: 1,
    ...step,
  };
  return {
    outcome,
    language: {id: 'script', version: '1.0'},
    isolation,
    compile: null,
    run,
    tests: [],
    explanation: null,
    diagnostics: [],
    artifacts: [],
    cached: {compile: false, result: false},
  };
}

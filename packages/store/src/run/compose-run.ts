import type {DriverName, Run, RunResult, RunState} from '@sandglass/protocol';

/** What is known of a run beside its result. Times are RFC 3339 in UTC with milliseconds. */
export interface RunFacts {
  readonly id: string;
  readonly state: RunState;
  readonly language: {readonly id: string; readonly version: string};
  /** As requested. */
  readonly isolation: 'auto' | DriverName;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly attempts: number;
}

/** The run as clients see it. Without a result nothing has been enforced yet, and the isolation report says just that. */
export function composeRun(facts: RunFacts, result: RunResult | null): Run {
  const {id, state, metadata, createdAt, startedAt, finishedAt, attempts} = facts;
  return {
    id,
    state,
    outcome: result?.outcome ?? null,
    language: result?.language ?? facts.language,
    isolation: result?.isolation ?? {driver: expectedDriver(facts.isolation), enforced: [], weaker: []},
    compile: result?.compile ?? null,
    run: result?.run ?? null,
    tests: result?.tests ?? [],
    ...(result?.score === undefined ? {} : {score: result.score}),
    explanation: result?.explanation ?? null,
    diagnostics: result?.diagnostics ?? [],
    artifacts: result?.artifacts ?? [],
    cached: result?.cached ?? {compile: false, result: false},
    metadata,
    createdAt,
    startedAt,
    finishedAt,
    queuedMs: startedAt === null ? null : Math.max(0, Date.parse(startedAt) - Date.parse(createdAt)),
    attempts,
  };
}

/** `auto` means the default level, Linux namespaces, unless the result says otherwise. */
function expectedDriver(isolation: 'auto' | DriverName): DriverName {
  return isolation === 'auto' ? 'linux' : isolation;
}

export {decodeBase64} from './base64.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type FieldProblem,
  SandglassError,
  type SandglassErrorOptions,
} from './errors.ts';
export type {EngineEvent, RunEvent} from './events.ts';
export type {
  Checker,
  JudgeProgram,
  Judging,
  Score,
  TestOutcome,
  TestResult,
  TestSpec,
} from './judging.ts';
export {TEST_RESULT_SCHEMA} from './judging-schema.ts';
export {
  DEFAULT_COMPILE_LIMITS,
  DEFAULT_MAX_LIMITS,
  DEFAULT_RUN_LIMITS,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
  MIN_LIMITS,
  type TimeLimitName,
} from './limits.ts';
export {nearestName} from './nearest-name.ts';
export {OUTCOMES, type Outcome, RUN_STATES, type RunState} from './outcome.ts';
export {PROBLEM_SCHEMA, type Problem} from './problem-schema.ts';
export {DEFAULT_REQUEST_POLICY, type RequestPolicy} from './request-policy.ts';
export {
  type Artifact,
  type Diagnostic,
  DRIVER_NAMES,
  type DriverName,
  type Explanation,
  type IsolationReport,
  type NetworkPolicy,
  type Run,
  type RunResult,
  type RunSpec,
  type SourceFile,
  type Step,
} from './run.ts';
export {parseRunRequest, runRequestValidator} from './run-request.ts';
export {RUN_REQUEST_SCHEMA, type RunRequest} from './run-request-schema.ts';
export {RUN_SCHEMA, type RunFromSchema} from './run-schema.ts';
export {schemaProblems} from './schema-problems.ts';
export {STEP_SCHEMA} from './step-schema.ts';

export {
  type AccountState,
  AccountsClient,
  type ActiveRun,
  type Allowance,
  type AuditEntry,
  type Key,
  type NewKey,
  type Program,
  type Project,
  type ProjectRef,
  type ProjectRun,
  type ProjectSummary,
  type Scope,
  type Session,
  type Sharing,
  type Usage,
  type UsageDay,
  type User,
  type UserRecord,
} from './accounts-client.ts';
export type {
  AcceptedBatch,
  Batch,
  IsolationLevel,
  LanguageInfo,
  RunPage,
  RunSummary,
  ServerInfo,
} from './answers.ts';
export {ApiError, ConnectionError} from './api-error.ts';
export {
  type Assignment,
  type AssignmentPhase,
  type AssignmentRequest,
  type AssignmentSummary,
  ClassroomClient,
  type Feedback,
  type Grades,
  type Group,
  type HiddenJudging,
  type HiddenTest,
  type OpenGroup,
  type Person,
  type Submission,
  type TestGrade,
} from './classroom-client.ts';
export {type Abortable, type ListOptions, SandglassClient, type SubmitOptions} from './client.ts';
export type {ClientOptions} from './transport.ts';

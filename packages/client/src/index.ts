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
export {type Abortable, type ListOptions, SandglassClient, type SubmitOptions} from './client.ts';
export type {ClientOptions} from './transport.ts';

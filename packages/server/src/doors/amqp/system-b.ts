import type {Run} from '@sandglass/protocol';
import {type JobProtocol, type JobStatus, textField} from './job-protocol.ts';

/** The first form: jobs in a queue of the default exchange, a queue for each job's status. */
export const SYSTEM_B_FIRST: JobProtocol = {
  queue: 'jobs',
  exchanges: [],
  parse(body) {
    const id = textField(body, 'id');
    const type = textField(body, 'type');
    if (type === 'code') return {id, request: {language: 'c', code: textField(body, 'code')}};
    if (type === 'command') return {id, request: {language: 'bash', code: textField(body, 'command')}};
    throw new Error(`"type" is "${type}" but must be "code" or "command"`);
  },
  statusAddress: (jobId) => ({exchange: '', routingKey: `job_status_${jobId}`}),
  describe(id, status) {
    switch (status.kind) {
      case 'received':
      case 'running':
        return {id, status: status.kind, stderr: '', stdout: ''};
      case 'refused':
        return {id, status: 'done', stderr: status.reason, stdout: ''};
      case 'ended':
        return {id, status: 'done', ...outputOf(status.run)};
      default:
        return status satisfies never;
    }
  },
};

const VARIANTS = /^[A-Za-z0-9.+-]{1,40}$/;

/** The later form: exchanges, languages, variants, measurements. Durations in microseconds, memory in KiB. */
export const SYSTEM_B: JobProtocol = {
  queue: 'jobs_q',
  exchanges: [
    {name: 'jobs_ex', routingKey: 'jobs_rk', queue: 'jobs_q'},
    {name: 'jobs_status_ex', routingKey: 'jobs_status_rk', queue: null},
  ],
  parse(body) {
    const language = textField(body, 'language');
    const hasVariant = typeof body === 'object' && body !== null && Reflect.get(body, 'variant') != null;
    const variant = hasVariant ? textField(body, 'variant') : '';
    if (variant !== '' && !VARIANTS.test(variant)) throw new Error('"variant" is not a name');
    const request = {
      language: variant === '' ? language : `${language}@${variant}`,
      code: textField(body, 'code'),
    };
    return {id: textField(body, 'id'), request};
  },
  statusAddress: () => ({exchange: 'jobs_status_ex', routingKey: 'jobs_status_rk'}),
  describe: (id, status) => describeMeasured(id, status, 1000),
};

/** Systems B and Y differ in the unit of durations only: `unitsPerMs` of them make a millisecond. */
export function describeMeasured(id: string, status: JobStatus, unitsPerMs: number): object {
  const empty = {message: '', error: '', stderr: '', stdout: '', exec_duration: 0, mem_usage: 0};
  switch (status.kind) {
    case 'received':
    case 'running':
      return {id, status: status.kind, ...empty};
    case 'refused':
      return {id, status: 'failed', ...empty, message: 'Failed to run', error: status.reason};
    case 'ended': {
      const {run} = status;
      const isDone = run.outcome === 'ok';
      return {
        id,
        status: isDone ? 'done' : 'failed',
        message: isDone ? 'Success' : run.outcome === 'compile-error' ? 'Failed to compile' : 'Failed to run',
        error: isDone ? '' : (run.explanation?.message ?? run.outcome ?? ''),
        ...outputOf(run),
        exec_duration: Math.round((run.run?.wallTimeMs ?? 0) * unitsPerMs),
        mem_usage: Math.round((run.run?.memoryPeakBytes ?? 0) / 1024),
      };
    }
    default:
      return status satisfies never;
  }
}

/** The program's output, or the compiler's when the program was never run. */
export function outputOf(run: Run): {readonly stderr: string; readonly stdout: string} {
  const step = run.run ?? run.compile;
  return {stderr: step?.stderr ?? run.explanation?.message ?? '', stdout: step?.stdout ?? ''};
}

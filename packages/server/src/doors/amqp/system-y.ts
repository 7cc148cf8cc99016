import {type JobProtocol, textField} from './job-protocol.ts';
import {describeMeasured} from './system-b.ts';

const LANGUAGES: Readonly<Record<string, string>> = {py: 'python', node: 'javascript', c: 'c', cpp: 'cpp'};

/** Durations in milliseconds, memory in KiB. */
export const SYSTEM_Y: JobProtocol = {
  queue: 'sandbox_queue',
  exchanges: [
    {name: 'sandbox_job_ex', routingKey: 'sandbox_job_rk', queue: 'sandbox_queue'},
    {name: 'sandbox_job_ex', routingKey: 'sandbox_job_status_rk', queue: 'sandbox_status_queue'},
  ],
  parse(body) {
    const language = textField(body, 'language');
    return {
      id: textField(body, 'id'),
      request: {language: LANGUAGES[language] ?? language, code: textField(body, 'code')},
    };
  },
  statusAddress: () => ({exchange: 'sandbox_job_ex', routingKey: 'sandbox_job_status_rk'}),
  describe: (id, status) => describeMeasured(id, status, 1),
};

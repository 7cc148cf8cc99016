import {nextCode, type Workload} from '../workloads.ts';
import {type HttpProtocol, unexpected} from './http-subject.ts';
import {CannotRun} from './subject.ts';

const LANGUAGES = {python: 'python', javascript: 'javascript', java: 'java', cpp: 'c++', c: 'c'} as const;

/** The part of an answer that is looked at. */
interface PistonAnswer {
  readonly message?: string;
  readonly run?: {readonly code?: number | null; readonly stdout?: string; readonly memory?: number | null};
}

/** Piston's `POST /api/v2/execute`. It keeps nothing between runs: compiled workloads are compiled each time. */
export const PISTON: HttpProtocol = {
  name: 'piston',
  prepare: async (workload, poster) => {
    const run = async () => {
      const {status, body, tookMs} = await poster.post('api/v2/execute', {
        language: LANGUAGES[workload.language],
        version: '*',
        files: [{name: workload.sourceFile, content: nextCode(workload)}],
        stdin: workload.stdin,
      });
      const answer = body as PistonAnswer; // Checked by what follows.
      if (status === 400 && answer.message?.includes('runtime is unknown'))
        throw unknownLanguage(workload, answer.message);
      if (status !== 200 || answer.run?.code !== 0 || answer.run.stdout !== workload.expected)
        throw unexpected(PISTON.name, workload, body);
      return {tookMs, memoryBytes: answer.run.memory ?? null};
    };
    await run();
    return run;
  },
};

function unknownLanguage({title}: Workload, message: string): CannotRun {
  return new CannotRun(`piston cannot run ${title}: ${message}. Install the package there.`);
}

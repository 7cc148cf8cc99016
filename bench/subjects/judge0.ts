import {get} from 'node:http';
import {nextCode, type Workload} from '../workloads.ts';
import {type HttpProtocol, unexpected} from './http-subject.ts';
import {CannotRun} from './subject.ts';

/** How the names of its languages begin; the newest, which has the highest id, is taken. */
const NAMES = {
  python: /^Python \(3/,
  javascript: /^JavaScript \(Node/,
  java: /^Java \((Open)?JDK/,
  cpp: /^C\+\+ \(GCC/,
  c: /^C \(GCC/,
} as const;
const ACCEPTED = 3;
const LANGUAGES_WITHIN_MS = 10_000;

interface Language {
  readonly id: number;
  readonly name: string;
}

interface Submission {
  readonly status?: {readonly id?: number};
  readonly stdout?: string | null;
  /** In kilobytes. */
  readonly memory?: number | null;
}

/** Judge0's `POST /submissions?wait=true`. It keeps nothing between runs: compiled workloads are compiled each time. */
export function judge0(url: string): HttpProtocol {
  const known = fetchLanguages(url);
  // Heard of where a workload is prepared.
  known.catch(() => undefined);
  return {
    name: 'judge0',
    prepare: async (workload, poster) => {
      const languageId = find(await known, workload);
      return async () => {
        const {status, body, tookMs} = await poster.post('submissions?base64_encoded=false&wait=true', {
          language_id: languageId,
          source_code: nextCode(workload),
          stdin: workload.stdin,
        });
        const {status: verdict, stdout, memory} = body as Submission; // Checked by what follows.
        if (status !== 201 || verdict?.id !== ACCEPTED || stdout !== workload.expected)
          throw unexpected('judge0', workload, body);
        return {tookMs, memoryBytes: memory == null ? null : memory * 1000};
      };
    },
  };
}

function find(languages: readonly Language[], {language, title}: Workload): number {
  const ids = languages.filter(({name}) => NAMES[language].test(name)).map(({id}) => id);
  if (ids.length === 0) throw new CannotRun(`judge0 cannot run ${title}: it lists no such language.`);
  return Math.max(...ids);
}

function fetchLanguages(url: string): Promise<readonly Language[]> {
  return new Promise((resolve, reject) => {
    const target = new URL('languages', url.endsWith('/') ? url : `${url}/`);
    const call = get(target, {timeout: LANGUAGES_WITHIN_MS}, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        if (Array.isArray(body)) resolve(body as readonly Language[]);
        else reject(new Error(`${target} did not answer with a list.`));
      });
    });
    call.once('timeout', () =>
      call.destroy(new Error(`${target} did not answer within ${LANGUAGES_WITHIN_MS} ms.`)),
    );
    call.once('error', reject);
  });
}

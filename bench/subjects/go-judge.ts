import {nextCode, type Workload} from '../workloads.ts';
import {type HttpProtocol, type HttpRunEnd, unexpected} from './http-subject.ts';
import type {Answer, JsonPoster} from './post-json.ts';

const LIMITS = {cpuLimit: 20_000_000_000, clockLimit: 40_000_000_000, memoryLimit: 1 << 30, procLimit: 100};
const OUTPUT_BYTES = 65_536;

/** One entry of the answer, as far as it is looked at. */
interface GoJudgeResult {
  readonly status?: string;
  readonly exitStatus?: number;
  /** In bytes. */
  readonly memory?: number;
  readonly files?: Readonly<Record<string, string>>;
  readonly fileIds?: Readonly<Record<string, string>>;
}

/**
 * The REST interface of go-judge (POST /run). It compiles nothing by itself: a compiled workload is one call for the compiler, which keeps
 * the program, and one for the program. Both count where compiling counts; the kept program is used again where it does not.
 */
export const GO_JUDGE: HttpProtocol = {
  name: 'go-judge',
  prepare: async (workload, poster) => {
    const program = workload.startArgv[0]?.includes('{folder}') ? 'main' : null;
    if (workload.buildArgv === null) return () => start(workload, poster, source(workload));
    if (workload.isBuildTimed)
      return async () => {
        const built = await build(workload, poster);
        const end = await start(workload, poster, built.files);
        return {...end, tookMs: built.tookMs + end.tookMs};
      };
    if (program === null)
      throw unexpected(GO_JUDGE.name, workload, 'it is compiled, but no program comes of that');
    const {files} = await build(workload, poster);
    return () => start(workload, poster, files);
  },
};

type CopyIn = Readonly<Record<string, {readonly content: string} | {readonly fileId: string}>>;

function source(workload: Workload): CopyIn {
  return {[workload.sourceFile]: {content: nextCode(workload)}};
}

async function build(workload: Workload, poster: JsonPoster): Promise<{tookMs: number; files: CopyIn}> {
  const made = workload.language === 'java' ? 'Main.class' : 'main';
  const answer = await poster.post('run', {
    cmd: [{...command(workload.buildArgv ?? [], ''), copyIn: source(workload), copyOutCached: [made]}],
  });
  const id = resultOf(workload, answer).fileIds?.[made];
  if (id === undefined) throw unexpected(GO_JUDGE.name, workload, answer.body);
  return {tookMs: answer.tookMs, files: {[made]: {fileId: id}}};
}

async function start(workload: Workload, poster: JsonPoster, copyIn: CopyIn): Promise<HttpRunEnd> {
  // The working directory is where files are copied to.
  const argv = workload.startArgv.map((part) => part.replace('{folder}/', '').replace('{folder}', '.'));
  const answer = await poster.post('run', {cmd: [{...command(argv, workload.stdin), copyIn}]});
  const {files, memory} = resultOf(workload, answer);
  if (files?.stdout !== workload.expected) throw unexpected(GO_JUDGE.name, workload, answer.body);
  return {tookMs: answer.tookMs, memoryBytes: memory ?? null};
}

function command(args: readonly string[], stdin: string) {
  return {
    args,
    env: ['PATH=/usr/bin:/bin'],
    files: [{content: stdin}, {name: 'stdout', max: OUTPUT_BYTES}, {name: 'stderr', max: OUTPUT_BYTES}],
    copyOut: ['stdout', 'stderr'],
    ...LIMITS,
  };
}

function resultOf(workload: Workload, {status, body}: Answer): GoJudgeResult {
  // A peer's answer: the fields that are used are checked here and by the callers.
  const [result] = (Array.isArray(body) ? body : []) as readonly GoJudgeResult[];
  if (status !== 200 || result?.status !== 'Accepted') throw unexpected(GO_JUDGE.name, workload, body);
  return result;
}

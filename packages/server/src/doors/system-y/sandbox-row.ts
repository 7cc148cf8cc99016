import type {Project} from '@sandglass/projects';
import type {Run} from '@sandglass/protocol';

/** Language keys of system Y, and what they are called here. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['py', 'python'],
  ['python', 'python'],
  ['node', 'javascript'],
  ['c', 'c'],
  ['cpp', 'cpp'],
]);
const KEYS: ReadonlyMap<string, string> = new Map([
  ['python', 'py'],
  ['javascript', 'node'],
  ['c', 'c'],
  ['cpp', 'cpp'],
]);

/** Null for a language that system Y did not have. */
export function toLanguage(key: string): string | null {
  return LANGUAGES.get(key.toLowerCase()) ?? null;
}

/** A project as a row of system Y. */
export interface SandboxRow {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly code: string;
  /** Of the latest run: empty before the first, then `received`, `running`, `done` or `failed`. */
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly execDuration: number;
  /** KiB. */
  readonly execMemUse: number;
  readonly userRefer: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function toRow(project: Project, run: Run | null): SandboxRow {
  const step = run?.run ?? null;
  const {id, name, language, ownerId, createdAt, updatedAt} = project;
  return {
    id,
    name,
    language: KEYS.get(language) ?? language,
    code: codeOf(project),
    status: statusOf(run),
    stdout: step?.stdout ?? '',
    stderr: step?.stderr ?? run?.compile?.stderr ?? '',
    execDuration: Math.round(step?.wallTimeMs ?? 0),
    execMemUse: Math.round((step?.memoryPeakBytes ?? 0) / 1024),
    userRefer: ownerId,
    createdAt,
    updatedAt,
  };
}

/** System Y had one file; of a project with several it is the one that is started. */
export function codeOf({settings, files}: Project): string {
  const file = files.find(({path}) => path === settings.entry) ?? files[0];
  return Buffer.from(file?.content ?? new Uint8Array()).toString('utf8');
}

function statusOf(run: Run | null): string {
  if (run === null) return '';
  switch (run.state) {
    case 'queued':
      return 'received';
    case 'compiling':
    case 'running':
      return 'running';
    case 'finished':
      // A program that fails is done, with its output; failed is what never ran.
      return run.run === null ? 'failed' : 'done';
    default:
      return run.state satisfies never;
  }
}

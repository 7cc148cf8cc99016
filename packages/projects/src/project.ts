import {
  type FieldProblem,
  parseRunRequest,
  RUN_REQUEST_SCHEMA,
  type RunRequest,
  SandglassError,
} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';
import {nameProblem} from './text-rules.ts';

const closed = {additionalProperties: false} as const;
const PROGRAM_FIELDS = [
  'language',
  'files',
  'entry',
  'args',
  'stdin',
  'compilerOptions',
  'limits',
  'tests',
  'checker',
  'stopOnFailure',
] as const;

/** What is kept of a program: the fields of a run request that belong to it rather than to one run. */
export const PROGRAM_SCHEMA = Type.Pick(RUN_REQUEST_SCHEMA, [...PROGRAM_FIELDS]);
export type Program = Pick<RunRequest, (typeof PROGRAM_FIELDS)[number]>;
/** Without its files. */
export type ProgramSettings = Omit<Program, 'files'>;

export const VISIBILITIES = ['private', 'link', 'public'] as const;
export type Visibility = (typeof VISIBILITIES)[number];
export const LINK_ACCESSES = ['view', 'edit'] as const;
export type LinkAccess = (typeof LINK_ACCESSES)[number];
/** What somebody may do with a project. */
export type ProjectAccess = 'owner' | LinkAccess;

export interface ProjectFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A project in a list. */
export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly visibility: Visibility;
  /** Counts saves from 1; what a change is based on. */
  readonly revision: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Project extends ProjectSummary {
  readonly ownerId: string;
  readonly access: ProjectAccess;
  readonly settings: ProgramSettings;
  readonly files: readonly ProjectFile[];
  readonly forkedFrom: string | null;
}

export const PROJECT_BODY = Type.Object(
  {
    name: Type.Optional(Type.String({description: 'Default: a friendly random one.'})),
    program: PROGRAM_SCHEMA,
  },
  {...closed, title: 'ProjectRequest'},
);
export type ProjectBody = Static<typeof PROJECT_BODY>;

/** Projects hold text that people write; limits of single runs are checked when they run. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/**
 * Splits a program into settings and files in the form that is stored, or refuses it by the same rules as a run request.
 * Throws `invalid-request`, `storage-full`.
 */
export function readProgram(
  program: Program,
  maxBytes: number,
): {settings: ProgramSettings; files: ProjectFile[]; bytes: number} {
  const unbounded = {
    wallTimeMs: UNBOUNDED,
    cpuTimeMs: UNBOUNDED,
    memoryBytes: UNBOUNDED,
    processes: UNBOUNDED,
    outputBytes: UNBOUNDED,
    fileBytes: UNBOUNDED,
    diskBytes: UNBOUNDED,
    cpuCount: UNBOUNDED,
  };
  const policy = {
    runLimits: unbounded,
    compileLimits: unbounded,
    maxLimits: unbounded,
    maxContentBytes: UNBOUNDED,
  };
  const {files} = parseRunRequest(program, policy);
  const {files: _, ...settings} = program;
  const bytes = files.reduce((sum, file) => sum + file.content.length, JSON.stringify(settings).length);
  if (bytes > maxBytes)
    throw new SandglassError(
      'storage-full',
      `Cannot save the project: it has ${bytes} bytes but at most ${maxBytes} are kept. Make it smaller.`,
    );
  return {settings, files: [...files], bytes};
}

/** Names are text of any script; markup and marks of direction are shown as they are. Throws `invalid-request`. */
export function checkProjectName(name: string): string {
  const trimmed = name.trim();
  const problem = nameProblem(trimmed);
  if (problem === null) return trimmed;
  const fields: FieldProblem[] = [{path: '/name', message: problem}];
  throw new SandglassError('invalid-request', `Cannot save the project: /name ${problem}.`, {fields});
}

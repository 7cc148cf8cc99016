/** How Run runs: talking to it in a terminal, with input prepared beforehand, or against tests. */
export const RUN_MODES = ['terminal', 'input', 'tests'] as const;
export type RunMode = (typeof RUN_MODES)[number];

export const CHECKERS = ['trim', 'exact', 'tokens', 'float'] as const;
export type Checker = (typeof CHECKERS)[number];

export interface WorkspaceFile {
  readonly path: string;
  readonly content: string;
}

export interface TestCase {
  readonly name: string;
  readonly stdin: string;
  readonly expected: string;
}

/** Everything that decides what a run does: what is edited, shared by link and kept in the history. */
export interface Workspace {
  readonly language: string;
  /** At least one; paths are distinct. */
  readonly files: readonly WorkspaceFile[];
  /** Path of the file in the editor. */
  readonly activePath: string;
  readonly mode: RunMode;
  readonly stdin: string;
  /** As typed; see `splitWords`. */
  readonly args: string;
  readonly compilerOptions: string;
  /** Null takes the server's default. */
  readonly wallTimeSeconds: number | null;
  readonly memoryMib: number | null;
  /** Globs of files to bring back, as typed. */
  readonly artifacts: string;
  readonly tests: readonly TestCase[];
  readonly checker: Checker;
  readonly stopOnFailure: boolean;
}

/** Pictures are what a page can show; other files would only travel in vain. */
export const DEFAULT_ARTIFACTS = '*.png *.svg *.jpg *.gif';

/** A new workspace with one file. */
export function newWorkspace(language: string, file: WorkspaceFile): Workspace {
  return {
    language,
    files: [file],
    activePath: file.path,
    mode: 'terminal',
    stdin: '',
    args: '',
    compilerOptions: '',
    wallTimeSeconds: null,
    memoryMib: null,
    artifacts: DEFAULT_ARTIFACTS,
    tests: [{name: 'Example', stdin: 'hello\n', expected: 'hello\n'}],
    checker: 'trim',
    stopOnFailure: false,
  };
}

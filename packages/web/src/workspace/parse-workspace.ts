import {pathProblem} from './files.ts';
import {
  CHECKERS,
  newWorkspace,
  RUN_MODES,
  type TestCase,
  type Workspace,
  type WorkspaceFile,
} from './workspace.ts';

/** More would make the page slow; the server's own bound is the same. */
const MAX_ITEMS = 1000;

/**
 * Reads a workspace that came from outside: a link that anybody may have written, or this browser's storage, which an
 * older version may have filled. Null when there is no language or file in it; other faulty fields get their default.
 */
export function parseWorkspace(value: unknown): Workspace | null {
  if (!isRecord(value)) return null;
  const files = parseFiles(value.files);
  const [first] = files;
  if (typeof value.language !== 'string' || first === undefined) return null;
  const fallback = newWorkspace(value.language, first);
  return {
    language: value.language.slice(0, 64),
    files,
    activePath: files.find(({path}) => path === value.activePath)?.path ?? first.path,
    mode: RUN_MODES.find((mode) => mode === value.mode) ?? fallback.mode,
    stdin: text(value.stdin, fallback.stdin),
    args: text(value.args, fallback.args),
    compilerOptions: text(value.compilerOptions, fallback.compilerOptions),
    wallTimeSeconds: positive(value.wallTimeSeconds),
    memoryMib: positive(value.memoryMib),
    artifacts: text(value.artifacts, fallback.artifacts),
    tests: Array.isArray(value.tests) ? value.tests.slice(0, MAX_ITEMS).flatMap(parseTest) : fallback.tests,
    checker: CHECKERS.find((checker) => checker === value.checker) ?? fallback.checker,
    stopOnFailure: value.stopOnFailure === true,
  };
}

function parseFiles(value: unknown): WorkspaceFile[] {
  const files: WorkspaceFile[] = [];
  for (const item of Array.isArray(value) ? value.slice(0, MAX_ITEMS) : []) {
    if (!isRecord(item) || typeof item.path !== 'string' || typeof item.content !== 'string') continue;
    const taken = files.map(({path}) => path);
    if (pathProblem(item.path, taken) === null) files.push({path: item.path, content: item.content});
  }
  return files;
}

function parseTest(value: unknown): TestCase[] {
  if (!isRecord(value)) return [];
  return [{name: text(value.name, ''), stdin: text(value.stdin, ''), expected: text(value.expected, '')}];
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

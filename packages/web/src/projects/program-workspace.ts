import type {Program} from '@sandglass/client';
import {splitWords} from '../workspace/split-words.ts';
import {CHECKERS, newWorkspace, type Workspace} from '../workspace/workspace.ts';

const MIB = 1024 * 1024;

/** Files that are no text are not edited; they are saved as they came. */
export function textFiles(program: Program): readonly {path: string; content: string}[] {
  return (program.files ?? []).flatMap(({path, content}) => (content === undefined ? [] : [{path, content}]));
}

/** The program as the editor has it. What the editor does not show stays in the program; see `toProgram`. */
export function toWorkspace(program: Program): Workspace {
  const files = textFiles(program);
  const first = files.find(({path}) => path === program.entry) ?? files[0] ?? {path: 'main', content: ''};
  const tests = (program.tests ?? []).map(({name = '', stdin = '', expected = ''}) => ({
    name,
    stdin,
    expected,
  }));
  const kind = program.checker?.kind;
  const blank = newWorkspace(program.language, first);
  return {
    ...blank,
    files: files.length === 0 ? [first] : files,
    mode: tests.length > 0 ? 'tests' : (program.stdin ?? '') === '' ? 'terminal' : 'input',
    stdin: program.stdin ?? '',
    args: joinWords(program.args ?? []),
    compilerOptions: joinWords(program.compilerOptions ?? []),
    wallTimeSeconds: program.limits?.wallTimeMs === undefined ? null : program.limits.wallTimeMs / 1000,
    memoryMib: program.limits?.memoryBytes === undefined ? null : program.limits.memoryBytes / MIB,
    tests: tests.length > 0 ? tests : blank.tests,
    checker: CHECKERS.find((checker) => checker === kind) ?? 'trim',
    stopOnFailure: program.stopOnFailure ?? false,
  };
}

/** What to save: the edited workspace, with everything of the program that the editor does not show. */
export function toProgram(workspace: Workspace, before: Program): Program {
  const {language, mode, stdin, args, compilerOptions, wallTimeSeconds, memoryMib} = workspace;
  const hidden = (before.files ?? []).filter(({content}) => content === undefined);
  const {limits: oldLimits = {}, tests: oldTests, checker: oldChecker, ...rest} = before;
  const {wallTimeMs: _, memoryBytes: __, ...otherLimits} = oldLimits;
  const limits = {
    ...otherLimits,
    ...(wallTimeSeconds === null ? {} : {wallTimeMs: Math.round(wallTimeSeconds * 1000)}),
    ...(memoryMib === null ? {} : {memoryBytes: Math.round(memoryMib * MIB)}),
  };
  const isJudged = mode === 'tests' || oldTests !== undefined;
  const checker = oldChecker?.kind === 'program' ? oldChecker : {kind: workspace.checker};
  const program: Program = {
    ...rest,
    language,
    files: [...workspace.files.map(({path, content}) => ({path, content})), ...hidden],
    args: splitWords(args),
    compilerOptions: splitWords(compilerOptions),
    stdin,
    limits,
    ...(isJudged
      ? {tests: toTests(workspace, oldTests), checker, stopOnFailure: workspace.stopOnFailure}
      : {}),
  };
  return withoutLostEntry(program);
}

/** Weights, limits and bytes of a test stay with it as long as the test keeps its place. */
function toTests({tests}: Workspace, before: Program['tests'] = []): NonNullable<Program['tests']> {
  return tests.map(({name, stdin, expected}, index) => {
    const {name: _, stdin: __, expected: ___, ...rest} = before[index] ?? {};
    return {...rest, ...(name === '' ? {} : {name}), stdin, expected};
  });
}

/** A file that is gone can no longer be the one to start. */
function withoutLostEntry({entry, ...program}: Program): Program {
  const isThere = entry !== undefined && (program.files ?? []).some(({path}) => path === entry);
  return isThere ? {...program, entry} : program;
}

/** The line that `splitWords` reads as these words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[^\s"'\\]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`))
    .join(' ');
}

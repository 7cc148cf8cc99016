import type {ServerInfo} from '@sandglass/client';
import type {RunRequest} from '@sandglass/protocol';
import {splitWords} from './split-words.ts';
import type {TestCase, Workspace} from './workspace.ts';

const MIB = 1024 * 1024;

/** The request that runs a workspace. Fields at their default are left out, so the server's defaults apply. */
export function toRunRequest(workspace: Workspace, serverLimits: ServerInfo['limits']): RunRequest {
  const {language, files, mode, stdin} = workspace;
  const args = splitWords(workspace.args);
  const compilerOptions = splitWords(workspace.compilerOptions);
  const artifacts = splitWords(workspace.artifacts);
  const limits = limitsOf(workspace, serverLimits);
  return {
    language,
    files: files.map(({path, content}) => ({path, content})),
    ...(args.length === 0 ? {} : {args}),
    ...(compilerOptions.length === 0 ? {} : {compilerOptions}),
    ...(artifacts.length === 0 ? {} : {artifacts}),
    ...(Object.keys(limits).length === 0 ? {} : {limits}),
    ...(mode === 'input' && stdin !== '' ? {stdin} : {}),
    ...(mode === 'tests' ? judgedFields(workspace) : {}),
  };
}

function limitsOf(
  {mode, wallTimeSeconds, memoryMib}: Workspace,
  {maximum}: ServerInfo['limits'],
): NonNullable<RunRequest['limits']> {
  return {
    ...(memoryMib === null ? {} : {memoryBytes: Math.round(memoryMib * MIB)}),
    ...timeLimits(wallTimeSeconds, mode === 'terminal' ? maximum.wallTimeMs : null),
  };
}

/** One field means "how long it may take": a busy program must not end at the default of the CPU time instead. */
function timeLimits(wallTimeSeconds: number | null, defaultMs: number | null) {
  if (wallTimeSeconds !== null) {
    const wallTimeMs = Math.round(wallTimeSeconds * 1000);
    return {wallTimeMs, cpuTimeMs: wallTimeMs};
  }
  // A program that waits for somebody to type takes as long as that takes; its CPU time keeps the default.
  return defaultMs === null ? {} : {wallTimeMs: defaultMs};
}

function judgedFields({tests, checker, stopOnFailure}: Workspace) {
  return {tests: tests.map(toTest), checker: {kind: checker}, ...(stopOnFailure ? {stopOnFailure} : {})};
}

function toTest({name, stdin, expected}: TestCase, index: number) {
  return {name: name.trim() === '' ? `Test ${index + 1}` : name, stdin, expected};
}

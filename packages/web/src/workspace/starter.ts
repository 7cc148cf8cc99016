import type {LanguageInfo} from '@sandglass/client';
import {newWorkspace, type Workspace} from './workspace.ts';

/** The starting point of a language: its own example under the name that the language expects. */
export function starterWorkspace(language: LanguageInfo): Workspace {
  return newWorkspace(language.id, {path: defaultPath(language), content: language.example});
}

/** Takes the files of another workspace; input, tests and limits stay, so one problem can be solved in several languages. */
export function withFilesOf(workspace: Workspace, {language, files, activePath}: Workspace): Workspace {
  return {...workspace, language, files, activePath};
}

function defaultPath({id, extensions}: LanguageInfo): string {
  // The compiler of Java wants the file to be named after its public class.
  return `${id === 'java' ? 'Main' : 'main'}${extensions[0] ?? ''}`;
}

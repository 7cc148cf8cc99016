import {parseWorkspace} from '../workspace/parse-workspace.ts';
import type {Workspace} from '../workspace/workspace.ts';

/** The language that was open last. */
const LANGUAGE_KEY = 'sandglass.language';
const workspaceKey = (language: string) => `sandglass.workspace.${language}`;

/** What was being edited when the page was left, or null. */
export function readLastWorkspace(storage: Pick<Storage, 'getItem'>): Workspace | null {
  const language = read(storage, LANGUAGE_KEY);
  return language === null ? null : readWorkspace(storage, language);
}

/** What was last edited in a language, or null. */
export function readWorkspace(storage: Pick<Storage, 'getItem'>, language: string): Workspace | null {
  try {
    return parseWorkspace(JSON.parse(read(storage, workspaceKey(language)) ?? 'null'));
  } catch {
    // Spoilt: one starts with the language's example.
    return null;
  }
}

/** Keeps one workspace for each language, so that changing the language loses nothing. */
export function keepWorkspace(storage: Pick<Storage, 'setItem'>, workspace: Workspace): void {
  try {
    storage.setItem(workspaceKey(workspace.language), JSON.stringify(workspace));
    storage.setItem(LANGUAGE_KEY, workspace.language);
  } catch {
    // Full or switched off: the work lasts as long as the page then.
  }
}

function read(storage: Pick<Storage, 'getItem'>, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    // Switched off: nothing was kept.
    return null;
  }
}

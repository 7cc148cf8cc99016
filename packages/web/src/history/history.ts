import type {Run} from '@sandglass/protocol';
import {parseWorkspace} from '../workspace/parse-workspace.ts';
import type {Workspace} from '../workspace/workspace.ts';

/** One own run: enough to open it again with one click. */
export interface HistoryEntry {
  readonly runId: string;
  /** RFC 3339. */
  readonly at: string;
  readonly outcome: string;
  readonly wallTimeMs: number | null;
  readonly workspace: Workspace;
}

const KEY = 'sandglass.history';
const MAX_ENTRIES = 50;
/** Browsers give a page about 5 million characters in all; the open workspace needs room too. */
const MAX_CHARACTERS = 2_000_000;

/** The newest first. */
export function addToHistory(
  entries: readonly HistoryEntry[],
  {run, workspace}: {readonly run: Run; readonly workspace: Workspace},
): readonly HistoryEntry[] {
  const entry: HistoryEntry = {
    runId: run.id,
    at: run.finishedAt ?? run.createdAt,
    outcome: run.outcome ?? 'internal-error',
    wallTimeMs: run.run?.wallTimeMs ?? null,
    workspace,
  };
  return [entry, ...entries.filter(({runId}) => runId !== run.id)].slice(0, MAX_ENTRIES);
}

export function readHistory(storage: Pick<Storage, 'getItem'>): readonly HistoryEntry[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.flatMap(parseEntry) : [];
  } catch {
    // Storage that is switched off or spoilt: there is no history then.
    return [];
  }
}

/** Keeps as many of the newest as fit. */
export function writeHistory(storage: Pick<Storage, 'setItem'>, entries: readonly HistoryEntry[]): void {
  const texts: string[] = [];
  let characters = 0;
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    characters += text.length;
    if (characters > MAX_CHARACTERS) break;
    texts.push(text);
  }
  try {
    storage.setItem(KEY, `[${texts.join(',')}]`);
  } catch {
    // Full or switched off: the history lasts as long as the page then.
  }
}

function parseEntry(value: unknown): HistoryEntry[] {
  if (typeof value !== 'object' || value === null) return [];
  const {runId, at, outcome, wallTimeMs, workspace} = value as Partial<Record<keyof HistoryEntry, unknown>>;
  const parsed = parseWorkspace(workspace);
  if (parsed === null || typeof runId !== 'string' || typeof at !== 'string' || typeof outcome !== 'string')
    return [];
  return [
    {runId, at, outcome, wallTimeMs: typeof wallTimeMs === 'number' ? wallTimeMs : null, workspace: parsed},
  ];
}

import type {Run} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import {addToHistory, type HistoryEntry, readHistory, writeHistory} from '../../src/history/history.ts';
import {newWorkspace} from '../../src/workspace/workspace.ts';

class MemoryStorage {
  readonly items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
}

const workspace = newWorkspace('python', {path: 'main.py', content: 'print(1)'});
const entry = (runId: string, content = ''): HistoryEntry => ({
  runId,
  at: '2026-01-01T00:00:00.000Z',
  outcome: 'ok',
  wallTimeMs: 12,
  workspace: {...workspace, stdin: content},
});

describe('the history', () => {
  test('is read back as it was written', () => {
    const storage = new MemoryStorage();
    writeHistory(storage, [entry('b'), entry('a')]);
    expect(readHistory(storage)).toEqual([entry('b'), entry('a')]);
  });

  test('puts the newest first, each run once, and forgets the oldest of more than 50', () => {
    const entries = Array.from({length: 50}, (_, index) => entry(`r${index}`));
    // Only these fields are looked at.
    const run = {id: 'r7', finishedAt: '2026-01-02T00:00:00.000Z', outcome: 'ok', run: null} as Run;
    const ids = addToHistory(entries, {run, workspace}).map(({runId}) => runId);
    expect(ids[0]).toBe('r7');
    expect(ids).toHaveLength(50);
    expect(addToHistory(entries, {run: {...run, id: 'new'}, workspace})).toHaveLength(50);
  });

  test('keeps the newest that fit into the storage of a browser', () => {
    const storage = new MemoryStorage();
    writeHistory(storage, [entry('a', 'x'.repeat(1_500_000)), entry('b', 'x'.repeat(1_500_000))]);
    expect(readHistory(storage).map(({runId}) => runId)).toEqual(['a']);
  });

  test.each(['', 'not json', '{}', '[1, {"runId": 2}]'])('is empty when the storage holds %j', (text) => {
    const storage = new MemoryStorage();
    storage.setItem('sandglass.history', text);
    expect(readHistory(storage)).toEqual([]);
  });

  test('does without a storage that refuses', () => {
    const refuse = () => {
      throw new Error('no storage');
    };
    expect(() => writeHistory({setItem: refuse}, [entry('a')])).not.toThrow();
    expect(readHistory({getItem: refuse})).toEqual([]);
  });
});

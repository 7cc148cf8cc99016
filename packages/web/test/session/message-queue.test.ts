import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {LiveMessage} from '../../src/session/live-message.ts';
import {joinOutputs, MessageQueue} from '../../src/session/message-queue.ts';

describe('messages of a talkative program', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('are handed on once a frame, in order', () => {
    const batches: (readonly LiveMessage[])[] = [];
    const queue = new MessageQueue((messages) => batches.push(messages));
    queue.push({kind: 'state', state: 'running'});
    for (let line = 0; line < 1000; line++) queue.push({kind: 'stdout', data: `${line}\n`});
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.map(({kind}) => kind)).toEqual(['state', 'stdout']);
  });

  test('are joined only with neighbours of the same stream, and never as bytes', () => {
    expect(
      joinOutputs([
        {kind: 'stdout', data: 'a'},
        {kind: 'stdout', data: 'b'},
        {kind: 'stderr', data: 'x'},
        {kind: 'stdout', dataBase64: 'AA=='},
        {kind: 'stdout', data: 'c'},
      ]),
    ).toEqual([
      {kind: 'stdout', data: 'ab'},
      {kind: 'stderr', data: 'x'},
      {kind: 'stdout', dataBase64: 'AA=='},
      {kind: 'stdout', data: 'c'},
    ]);
  });

  test('that wait are forgotten when the page turns to another run', () => {
    const deliver = vi.fn();
    const queue = new MessageQueue(deliver);
    queue.push({kind: 'stdout', data: 'old'});
    queue.clear();
    vi.advanceTimersByTime(20);
    expect(deliver).not.toHaveBeenCalled();
  });
});

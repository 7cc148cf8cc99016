import type {Run} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import {applyMessage} from '../../src/session/apply-message.ts';
import type {LiveMessage} from '../../src/session/live-message.ts';
import {NEW_SESSION, type Session} from '../../src/session/session.ts';

const follow = (...messages: readonly LiveMessage[]): Session => messages.reduce(applyMessage, NEW_SESSION);

const run: Run = {
  id: 'r1',
  state: 'finished',
  outcome: 'ok',
  language: {id: 'python', version: '3.11'},
  isolation: {driver: 'linux', enforced: [], weaker: []},
  compile: null,
  run: null,
  tests: [],
  explanation: null,
  diagnostics: [],
  artifacts: [],
  cached: {compile: false, result: false},
  metadata: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  queuedMs: null,
  attempts: 1,
};

describe('a session', () => {
  test('follows a run from its number to its end', () => {
    expect(follow({kind: 'accepted', id: 'r1'})).toMatchObject({phase: 'queued', runId: 'r1'});
    expect(follow({kind: 'state', state: 'running'})).toMatchObject({phase: 'running'});
    expect(follow({kind: 'finished', run})).toMatchObject({kind: 'finished', run});
  });

  test('keeps the streams apart and in order, text or bytes', () => {
    const session = follow(
      {kind: 'stdout', data: 'a'},
      {kind: 'stderr', data: 'x'},
      {kind: 'stdout', dataBase64: btoa('b')},
    );
    expect(session).toMatchObject({output: {stdout: 'ab', stderr: 'x'}});
  });

  test('drops the oldest characters of a talkative program and counts them', () => {
    const session = follow({kind: 'stdout', data: 'x'.repeat(400_000)}, {kind: 'stdout', data: 'the end'});
    expect(session).toMatchObject({output: {dropped: {stdout: 7, stderr: 0}}});
    expect(session.kind === 'active' && session.output.stdout.endsWith('the end')).toBe(true);
  });

  test('takes the output of the record when no events came, as from the cache', () => {
    const step = {
      exitCode: 0,
      signal: null,
      stdout: 'kept',
      stderr: '',
      stdoutTruncated: false,
      stderrTruncated: false,
      stdoutBytes: 4,
      stderrBytes: 0,
      wallTimeMs: 1,
      cpuTimeMs: 1,
      memoryPeakBytes: 1,
      processesPeak: 1,
    };
    expect(follow({kind: 'finished', run: {...run, run: step}})).toMatchObject({output: {stdout: 'kept'}});
  });

  test('counts a verdict once, however often it is told', () => {
    const verdict: LiveMessage = {kind: 'test', test: {name: 'one', outcome: 'ok', run: null}};
    expect(follow(verdict, verdict)).toMatchObject({tests: [{name: 'one'}]});
  });

  test('shows a refusal in the words of the server', () => {
    const problem = {
      type: 'about:blank',
      title: 'Unknown language',
      status: 422,
      detail: 'There is no "cobol".',
      code: 'not-found',
    } as const;
    expect(follow({kind: 'error', problem})).toMatchObject({
      kind: 'failed',
      failure: {title: 'Unknown language', message: 'There is no "cobol".'},
    });
  });

  test('stays as it ended, whatever arrives late', () => {
    const ended = follow({kind: 'finished', run});
    expect(applyMessage(ended, {kind: 'stdout', data: 'late'})).toBe(ended);
  });
});

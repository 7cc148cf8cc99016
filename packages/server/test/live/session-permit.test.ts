import {afterEach, describe, expect, it, vi} from 'vitest';
import {permittedRunId, type SessionPermit, validFromNow} from '../../src/live/session-permit.ts';

const GRANTED: SessionPermit = {kind: 'granted', runId: 'r'};

describe('the permit of a live session', () => {
  afterEach(() => vi.useRealTimers());

  it('names the run that may be started, for as long as its place is kept', () => {
    vi.useFakeTimers({toFake: ['performance']});
    const permit = validFromNow(GRANTED);
    vi.advanceTimersByTime(44_000);
    expect(permittedRunId(permit)).toBe('r');
    vi.advanceTimersByTime(2_000);
    expect(() => permittedRunId(permit)).toThrow(/its place was given back/);
  });

  it('permits nothing before the process that executes the run has put a time to it', () => {
    expect(() => permittedRunId(GRANTED)).toThrow(/rate|place/);
  });

  it('says the refusal of the process that gave it', () => {
    const refused: SessionPermit = {kind: 'refused', code: 'quota-exceeded', message: 'No more.'};
    expect(() => permittedRunId(refused)).toThrow('No more.');
  });
});

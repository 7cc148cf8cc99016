import {describe, expect, it} from 'vitest';
import {formatLogLine} from '../src/format-log-line.ts';

const line = (entry: object) =>
  JSON.stringify({level: 30, time: new Date(2026, 0, 2, 3, 4, 5).getTime(), pid: 1, hostname: 'h', ...entry});

describe('a log line on a terminal', () => {
  it('has the time of day, the message and the facts that are known', () => {
    const text = formatLogLine(line({language: 'c@12', queuedMs: 1, compileMs: null, msg: 'run'}), false);
    expect(text).toBe('03:04:05 run language=c@12 queuedMs=1\n');
  });

  it('names warnings and errors in words, not by colour alone', () => {
    expect(formatLogLine(line({level: 40, msg: 'slow'}), false)).toContain(' warning: slow');
    expect(formatLogLine(line({level: 50, msg: 'broken'}), true)).toContain('error: broken');
  });

  it('shows the stack of an error below it', () => {
    const text = formatLogLine(line({level: 50, err: {stack: 'Error: no\n    at x'}, msg: 'failed'}), false);
    expect(text).toBe('03:04:05 error: failed\n    Error: no\n        at x\n');
  });

  it('lets nothing that is quoted command the terminal', () => {
    const text = formatLogLine(line({line: '\u001b]0;x\u0007\u009b\nfake', msg: 'said\u001b[2J'}), false);
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text.trimEnd()).not.toContain('\n');
  });

  it('passes on what is no log entry', () => {
    expect(formatLogLine('plain\n', false)).toBe('plain\n');
  });
});

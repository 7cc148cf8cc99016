import {describe, expect, it} from 'vitest';
import {OutputCapture} from '../../src/output/output-capture.ts';
import {toStep} from '../../src/output/step.ts';
import {exitReport} from '../support/exit-report.ts';

describe('toStep', () => {
  it('has exactly the fields of the contract, without base64 for plain text', () => {
    const output = new OutputCapture(100);
    output.add('stdout', Buffer.from('o'));
    output.add('stderr', Buffer.from('e'));
    expect(toStep(exitReport({stdoutBytes: 1, stderrBytes: 1}), output)).toEqual({
      exitCode: 0,
      signal: null,
      stdout: 'o',
      stderr: 'e',
      stdoutTruncated: false,
      stderrTruncated: false,
      stdoutBytes: 1,
      stderrBytes: 1,
      wallTimeMs: 12.346,
      cpuTimeMs: 10,
      memoryPeakBytes: 4_194_304,
      processesPeak: 1,
    });
  });

  it('marks a stream as truncated when the agent says so', () => {
    const step = toStep(exitReport({isStdoutTruncated: true}), new OutputCapture(100));
    expect([step.stdoutTruncated, step.stderrTruncated]).toEqual([true, false]);
  });
});

describe('OutputCapture', () => {
  it('keeps no more than its bound of each stream, whatever an agent sends', () => {
    const output = new OutputCapture(5);
    expect(Buffer.from(output.add('stdout', Buffer.from('abc'))).toString()).toBe('abc');
    expect(Buffer.from(output.add('stdout', Buffer.from('defg'))).toString()).toBe('de');
    expect(output.add('stdout', Buffer.from('h')).length).toBe(0);
    expect(output.stdout.bytes.toString()).toBe('abcde');
    expect(output.stdout.isClipped).toBe(true);
    expect(output.stderr.isClipped).toBe(false);
    expect(toStep(exitReport(), output).stdoutTruncated).toBe(true);
  });
});

import type {Step} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import {decodeText} from './decode-text.ts';
import type {CapturedStream, OutputCapture} from './output-capture.ts';
import {roundTime} from './round-time.ts';

/** One stage as clients see it: how the program ended, what it wrote (kept part) and used. */
export function toStep(exit: ExitReport, output: Pick<OutputCapture, 'stdout' | 'stderr'>): Step {
  const stdoutTruncated = exit.isStdoutTruncated || output.stdout.isClipped;
  const stderrTruncated = exit.isStderrTruncated || output.stderr.isClipped;
  const stdout = decode(output.stdout, stdoutTruncated);
  const stderr = decode(output.stderr, stderrTruncated);
  return {
    exitCode: exit.exitCode,
    signal: exit.signal,
    stdout: stdout.text,
    stderr: stderr.text,
    ...(stdout.base64 === null ? {} : {stdoutBase64: stdout.base64}),
    ...(stderr.base64 === null ? {} : {stderrBase64: stderr.base64}),
    stdoutTruncated,
    stderrTruncated,
    stdoutBytes: exit.stdoutBytes,
    stderrBytes: exit.stderrBytes,
    wallTimeMs: roundTime(exit.wallTimeMs),
    cpuTimeMs: roundTime(exit.cpuTimeMs),
    memoryPeakBytes: exit.memoryPeakBytes,
    processesPeak: exit.processesPeak,
  };
}

function decode(stream: CapturedStream, isTruncated: boolean) {
  return decodeText(stream.bytes, {isTruncated});
}

import type {Step} from '@sandglass/protocol';
import {decodeText} from '../output/decode-text.ts';

/** What a stream of a step holds, byte for byte. */
export function streamBytes(step: Step, stream: 'stdout' | 'stderr'): Buffer {
  const base64 = step[`${stream}Base64`];
  return base64 === undefined ? Buffer.from(step[stream]) : Buffer.from(base64, 'base64');
}

/** The step with at most `maxBytes` of each stream, marked as truncated where something was left out. */
export function clipStep(step: Step, maxBytes: number): Step {
  // A UTF-16 unit has at most three bytes as UTF-8, base64 more than one unit a byte.
  if (3 * Math.max(step.stdout.length, step.stderr.length) <= maxBytes) return step;
  const {stdoutBase64: _, stderrBase64: __, ...rest} = step;
  return {...rest, ...clipStream(step, 'stdout', maxBytes), ...clipStream(step, 'stderr', maxBytes)};
}

function clipStream(step: Step, stream: 'stdout' | 'stderr', maxBytes: number) {
  const bytes = streamBytes(step, stream);
  const isTruncated = step[`${stream}Truncated`] || bytes.length > maxBytes;
  const {text, base64} = decodeText(bytes.subarray(0, maxBytes), {isTruncated});
  return {
    [stream]: text,
    [`${stream}Truncated`]: isTruncated,
    ...(base64 === null ? {} : {[`${stream}Base64`]: base64}),
  };
}

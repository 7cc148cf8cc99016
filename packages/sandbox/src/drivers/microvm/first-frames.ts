import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {type Frame, FrameDecoder} from '@sandglass/protocol/agent';
import {raceAbort} from '../../race-abort.ts';

/**
 * Reads exactly `count` frames from a stream that nobody reads yet, and leaves it paused for whoever takes it over. What comes after
 * them must not be there yet: both ends speak in turns at a beginning. `signal` ends the wait with its reason.
 */
export async function firstFrames(
  stream: Duplex,
  options: {
    readonly count: number;
    readonly maxPayloadBytes: (type: number) => number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<readonly Frame[]> {
  const decoder = new FrameDecoder(options.maxPayloadBytes);
  const done = Promise.withResolvers<readonly Frame[]>();
  const frames: Frame[] = [];
  const onData = (chunk: Buffer): void => {
    try {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
      if (frames.length > options.count)
        throw new Error(`${frames.length} messages instead of ${options.count}`);
      if (frames.length === options.count) {
        stream.pause();
        done.resolve(frames);
      }
    } catch (error) {
      done.reject(error);
    }
  };
  const onEnd = (): void =>
    done.reject(new SandglassError('isolation-failed', 'The machine ended before it was ready.'));
  stream.on('data', onData).on('close', onEnd).on('end', onEnd);
  try {
    return await raceAbort(done.promise, options.signal);
  } finally {
    stream.off('data', onData).off('close', onEnd).off('end', onEnd);
  }
}

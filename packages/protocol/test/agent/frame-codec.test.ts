import {
  encodeWorkerMessage,
  FRAME_TYPES,
  FrameDecoder,
  FrameWriter,
  MAX_PAYLOAD_BYTES,
} from '@sandglass/protocol/agent';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {collectFrames, splitAt} from './support/collect-frames.ts';

const anyType = (): number => MAX_PAYLOAD_BYTES;

describe('FrameWriter and FrameDecoder', () => {
  it('carry any frames through any splitting of the byte stream', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            type: fc.nat(255),
            flags: fc.nat(255),
            streamId: fc.nat(65_535),
            payload: fc.uint8Array({maxLength: 40_000}),
          }),
          {maxLength: 6},
        ),
        fc.array(fc.nat(80_000), {maxLength: 12}),
        (frames, cuts) => {
          const writer = new FrameWriter();
          for (const frame of frames) {
            writer.begin(frame.type, frame.flags, frame.streamId);
            writer.raw(frame.payload);
            writer.end();
          }
          const bytes = Buffer.concat(writer.finish());
          const received = collectFrames(new FrameDecoder(anyType), splitAt(bytes, cuts));
          expect(received).toEqual(frames.map((frame) => ({...frame, payload: Buffer.from(frame.payload)})));
        },
      ),
      {numRuns: 200},
    );
  });

  it('keep what is said at once in one buffer when it is small', () => {
    const writer = new FrameWriter();
    const content = Buffer.from('print("hello")');
    encodeWorkerMessage(writer, 1, {kind: 'write', path: 'main.py', mode: 0o644, content, isQuiet: true});
    encodeWorkerMessage(writer, 2, {kind: 'stdin', data: Buffer.from('input'), isLast: true});
    expect(writer.finish()).toHaveLength(1);
  });

  it('reference large data instead of copying it', () => {
    const writer = new FrameWriter();
    const data = Buffer.alloc(50_000, 7);
    encodeWorkerMessage(writer, 1, {kind: 'stdin', data, isLast: true});
    expect(
      writer.finish().some((chunk) => chunk.buffer === data.buffer && chunk.length === data.length),
    ).toBe(true);
  });

  it('refuse a payload beyond the longest frame', () => {
    const writer = new FrameWriter();
    writer.begin(FRAME_TYPES.exec, 0, 1);
    writer.raw(Buffer.alloc(MAX_PAYLOAD_BYTES + 1));
    expect(() => writer.end()).toThrow(/at most 1048576 fit/);
  });

  it('refuse numbers that u64 cannot carry and texts with a NUL', () => {
    const writer = new FrameWriter();
    writer.begin(FRAME_TYPES.read, 0, 1);
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => writer.u64(value)).toThrow(/Cannot encode/);
    expect(() => writer.str('a\0b')).toThrow(/NUL/);
  });
});

describe('FrameDecoder', () => {
  it('judges a frame by its header, before any of the payload is there', () => {
    const decoder = new FrameDecoder((type) => (type === 1 ? 100 : undefined));
    decoder.push(Buffer.from([101, 0, 0, 0, 1, 0, 0, 0]));
    expect(() => decoder.next()).toThrow(/payload of 101 bytes/);
  });

  it('refuses types that the peer must not send', () => {
    const decoder = new FrameDecoder(() => undefined);
    decoder.push(Buffer.from([0, 0, 0, 0, 9, 0, 0, 0]));
    expect(() => decoder.next()).toThrow(/frame type 0x9/);
  });

  it('reserves no memory for a long payload that never comes', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({length: 200}, () => {
      const decoder = new FrameDecoder(anyType);
      decoder.push(Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 42]));
      expect(decoder.next()).toBeNull();
      return decoder;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 16_384);
    expect(decoders).toHaveLength(200);
  });

  it('never crashes or hangs on random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({maxLength: 300}), {maxLength: 10}), (chunks) => {
        const decoder = new FrameDecoder(() => 1000);
        try {
          collectFrames(decoder, chunks);
        } catch (error) {
          expect(error).toMatchObject({code: 'agent-protocol-violation'});
        }
      }),
      {numRuns: 500},
    );
  });
});

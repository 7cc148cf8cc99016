import {
  type AgentMessage,
  decodeAgentMessage,
  FRAME_TYPES,
  type Frame,
  FrameDecoder,
  FrameWriter,
  maxAgentPayloadBytes,
} from '@sandglass/protocol/agent';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {collectFrames} from './support/collect-frames.ts';
import {encodeAgentMessage} from './support/encode-agent-message.ts';

const EXITED: Extract<AgentMessage, {kind: 'exited'}> = {
  kind: 'exited',
  exitCode: 3,
  signal: null,
  stopReason: 'cpu-time',
  wallTimeNs: 5_000_000_000_123,
  cpuTimeNs: 17,
  memoryPeakBytes: 2 ** 40,
  processesPeak: 4,
  oomKills: 1,
  forksRefused: 2,
  stdoutBytes: 6,
  stderrBytes: 7,
  diskUsedBytes: 8,
  facts: 0x1ff,
};

const MESSAGES: AgentMessage[] = [
  {kind: 'hello', version: 1, programUid: 1000, facts: 0x0f, sandboxId: 77},
  {kind: 'result', step: 12, errno: 2, detail: 'no-such-program'},
  {kind: 'fault', step: 1, errno: 0, detail: ''},
  {kind: 'started', pid: 2},
  {kind: 'output', stream: 'stdout', data: Buffer.from('héllo')},
  {kind: 'output', stream: 'terminal', data: Buffer.alloc(65_536, 1)},
  EXITED,
  {...EXITED, exitCode: null, signal: 9, stopReason: 'none'},
  {kind: 'data', data: Buffer.from('x'), isLast: false},
  {kind: 'data', data: Buffer.alloc(0), isLast: true},
  {
    kind: 'entries',
    entries: [
      {kind: 'file', path: 'a/b', mode: 0o100644, sizeBytes: 3, modifiedAtMs: 1_700_000},
      {kind: 'other', path: 'pipe', mode: 0o10600, sizeBytes: 0, modifiedAtMs: 0},
    ],
    isLast: true,
    isTruncated: true,
  },
  {kind: 'stdin-credit', bytes: 65_536},
];

describe('decodeAgentMessage', () => {
  it.each(MESSAGES.map((message) => [message.kind, message] as const))(
    'reads a %s frame as it was meant',
    (_kind, message) => {
      const writer = new FrameWriter();
      encodeAgentMessage(writer, 5, message);
      const [frame] = collectFrames(new FrameDecoder(maxAgentPayloadBytes), writer.finish());
      if (frame === undefined) throw new Error('no frame arrived');
      expect(frame.streamId).toBe(5);
      expect(decodeAgentMessage(frame)).toEqual(message);
    },
  );

  it.each([
    ['a type that only a worker sends', frame(FRAME_TYPES.exec, 0, [])],
    ['an unknown type', frame(0x7f, 0, [])],
    ['unknown flags', frame(FRAME_TYPES.started, 1, [1, 0, 0, 0])],
    ['a payload that is too short', frame(FRAME_TYPES.started, 0, [1, 0, 0])],
    ['bytes after the last field', frame(FRAME_TYPES.started, 0, [1, 0, 0, 0, 0])],
    ['output on stream 0', frame(FRAME_TYPES.output, 0, [65])],
    ['output on stream 4', frame(FRAME_TYPES.output, 4, [65])],
    ['empty output', frame(FRAME_TYPES.output, 1, [])],
    ['empty data that is not the last', frame(FRAME_TYPES.data, 0, [])],
    ['an empty part of a listing that is not the last', frame(FRAME_TYPES.entries, 0, [])],
    ['a text longer than its frame', frame(FRAME_TYPES.result, 0, [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 65])],
    ['a text with a NUL', frame(FRAME_TYPES.result, 0, [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['an end of an unknown kind', exitedFrame((payload) => payload.writeUInt8(2, 0))],
    ['signal number 0', exitedFrame((payload) => payload.writeUInt16LE(1, 0))],
    ['signal number 65', exitedFrame((payload) => payload.writeUInt16LE(1 + 65 * 256, 0))],
    ['an unknown stop reason', exitedFrame((payload) => payload.writeUInt16LE(6, 2))],
    ['a counter past 2^53', exitedFrame((payload) => payload.writeUInt32LE(0xffff_ffff, 8))],
    ['unknown facts', exitedFrame((payload) => payload.writeUInt32LE(0x400, payload.length - 4))],
    ['an entry of an unknown kind', entryFrame(5, 'a')],
    ['an entry outside the directory', entryFrame(1, 'a/../../b')],
    ['an absolute entry', entryFrame(1, '/etc/passwd')],
    ['an entry without a name', entryFrame(1, '')],
  ])('refuses %s', (_title, bad) => {
    expect(() => decodeAgentMessage(bad)).toThrow(
      expect.objectContaining({code: 'agent-protocol-violation'}) as Error,
    );
  });

  it('takes any size and time that a program may give its files', () => {
    const [bad] = [entryFrame(1, 'sparse', (payload) => payload.fill(0xff, 5, 21))];
    expect(decodeAgentMessage(bad)).toMatchObject({
      entries: [{path: 'sparse', sizeBytes: 2 ** 64, modifiedAtMs: 0}],
    });
  });

  it('answers random frames with a message or a violation, never with anything else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(FRAME_TYPES)),
        fc.nat(8),
        fc.uint8Array({maxLength: 200}),
        (type, flags, payload) => {
          try {
            expect(decodeAgentMessage(frame(type, flags, payload)).kind).toBeTypeOf('string');
          } catch (error) {
            expect(error).toMatchObject({code: 'agent-protocol-violation'});
          }
        },
      ),
      {numRuns: 2000},
    );
  });
});

function frame(type: number, flags: number, payload: Iterable<number>): Frame {
  return {type, flags, streamId: 1, payload: Buffer.from([...payload])};
}

function exitedFrame(spoil: (payload: Buffer) => void): Frame {
  return spoiled(EXITED, spoil);
}

function entryFrame(kind: number, path: string, spoil: (payload: Buffer) => void = () => {}): Frame {
  const entry = {kind: 'file', path, mode: 0, sizeBytes: 0, modifiedAtMs: 0} as const;
  return spoiled({kind: 'entries', entries: [entry], isLast: true, isTruncated: false}, (payload) => {
    payload.writeUInt8(kind, 0);
    spoil(payload);
  });
}

function spoiled(message: AgentMessage, spoil: (payload: Buffer) => void): Frame {
  const writer = new FrameWriter();
  encodeAgentMessage(writer, 1, message);
  const [whole] = collectFrames(new FrameDecoder(maxAgentPayloadBytes), writer.finish());
  if (whole === undefined) throw new Error('no frame was encoded');
  spoil(whole.payload);
  return whole;
}

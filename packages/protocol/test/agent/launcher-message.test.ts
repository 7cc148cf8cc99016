import {
  decodeLauncherMessage,
  encodeLauncherRequest,
  FRAME_TYPES,
  type Frame,
  FrameWriter,
  type LauncherRequest,
} from '@sandglass/protocol/agent';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

const LIMITS = {
  memoryBytes: 0x1_0000_0002,
  processes: 3,
  cpuThousandths: 500,
  diskBytes: 4,
  inodes: 5,
  diskIoBytesPerSecond: 6,
};

describe('encodeLauncherRequest', () => {
  it.each<[LauncherRequest, string]>([
    [{kind: 'control'}, '02000000810009000100'],
    [{kind: 'destroy', sandboxId: 258}, '0400000084000900' + '02010000'],
    [{kind: 'ping'}, '0000000085000900'],
    [
      {kind: 'configure', sandboxId: 1, limits: LIMITS},
      '2800000083000900' +
        '01000000' +
        '0200000001000000' +
        '03000000' +
        'f4010000' +
        '0400000000000000' +
        '05000000' +
        '0600000000000000',
    ],
    [
      {kind: 'create', limits: LIMITS, image: 'host', hostname: 'box'},
      '3300000082000900' +
        '0200000001000000' +
        '03000000' +
        'f4010000' +
        '0400000000000000' +
        '05000000' +
        '0600000000000000' +
        '04000000' +
        '686f7374' +
        '03000000' +
        '626f78',
    ],
  ])('writes %o byte for byte as the protocol says', (request, hex) => {
    const writer = new FrameWriter();
    encodeLauncherRequest(writer, 9, request);
    expect(Buffer.concat(writer.finish()).toString('hex')).toBe(hex);
  });
});

describe('decodeLauncherMessage', () => {
  it('reads the facts of READY and ignores fields of newer launchers', () => {
    const facts = {
      rootless: false,
      cgroup: 'v1',
      enforced: ['memory'],
      weaker: [],
      sandboxes: 9,
      cpus: [0, 1],
      newer: 1,
    };
    expect(decodeLauncherMessage(readyFrame(JSON.stringify(facts)))).toMatchObject({
      kind: 'ready',
      version: 1,
      facts: {cgroup: 'v1', sandboxes: 9, cpus: [0, 1]},
    });
  });

  it.each([
    '{',
    '[]',
    '{"rootless":1}',
    '{"rootless":true,"cgroup":"v3","enforced":[],"weaker":[],"sandboxes":1,"cpus":[]}',
  ])('refuses READY with %s', (text) => {
    expect(() => decodeLauncherMessage(readyFrame(text))).toThrow(/READY carries/);
  });

  it('answers random frames with a message or a violation, never with anything else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(FRAME_TYPES)),
        fc.uint8Array({maxLength: 60}),
        (type, payload) => {
          try {
            const frame: Frame = {type, flags: 0, streamId: 0, payload: Buffer.from(payload)};
            expect(decodeLauncherMessage(frame).kind).toBeTypeOf('string');
          } catch (error) {
            expect(error).toMatchObject({code: 'agent-protocol-violation'});
          }
        },
      ),
      {numRuns: 1000},
    );
  });
});

function readyFrame(text: string): Frame {
  const payload = Buffer.alloc(6 + Buffer.byteLength(text));
  payload.writeUInt16LE(1, 0);
  payload.writeUInt32LE(payload.length - 6, 2);
  payload.write(text, 6);
  return {type: FRAME_TYPES.ready, flags: 0, streamId: 0, payload};
}

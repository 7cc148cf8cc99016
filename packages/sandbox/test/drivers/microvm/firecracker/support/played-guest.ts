import type {Socket} from 'node:net';
import {
  FRAME_TYPES,
  type Frame,
  FrameDecoder,
  FrameWriter,
  MAX_PAYLOAD_BYTES,
} from '@sandglass/protocol/agent';
import {encodeAgentMessage} from '@sandglass/protocol/agent/test-support';

const FACTS = {rootless: false, cgroup: 'v2', enforced: ['seccomp'], weaker: [], sandboxes: 2, cpus: []};

/** The three channels of a guest whose programs all print "played". */
export function playGuest(port: number, socket: Socket): void {
  const decoder = new FrameDecoder(() => MAX_PAYLOAD_BYTES);
  const answer = (fill: (writer: FrameWriter) => void): void => {
    const writer = new FrameWriter();
    fill(writer);
    for (const chunk of writer.finish()) socket.write(chunk);
  };
  if (port === 1) answer(sayUp);
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
      const asked = frame;
      answer((writer) => reply(writer, asked));
    }
  });
}

function sayUp(writer: FrameWriter): void {
  writer.begin(FRAME_TYPES.up, 0, 0);
  writer.u16(1);
  writer.str('6.1.0-played');
  writer.end();
}

function reply(writer: FrameWriter, {type, streamId}: Frame): void {
  switch (type) {
    case FRAME_TYPES.renew:
      writer.begin(FRAME_TYPES.renewed, 0, streamId);
      writer.end();
      return;
    case FRAME_TYPES.control:
      writer.begin(FRAME_TYPES.ready, 0, streamId);
      writer.u16(1);
      writer.str(JSON.stringify(FACTS));
      writer.end();
      return;
    case FRAME_TYPES.configure:
      writer.begin(FRAME_TYPES.done, 0, streamId);
      for (const value of [1, 0, 0]) writer.u32(value);
      writer.str('');
      writer.end();
      return;
    case FRAME_TYPES.create:
      writer.begin(FRAME_TYPES.created, 0, streamId);
      writer.u32(1);
      writer.end();
      encodeAgentMessage(writer, 0, {kind: 'hello', version: 1, programUid: 1000, facts: 0x0f, sandboxId: 1});
      return;
    case FRAME_TYPES.exec:
      encodeAgentMessage(writer, streamId, {kind: 'started', pid: 2});
      encodeAgentMessage(writer, streamId, {kind: 'output', stream: 'stdout', data: Buffer.from('played\n')});
      encodeAgentMessage(writer, streamId, {
        kind: 'exited',
        exitCode: 0,
        signal: null,
        stopReason: 'none',
        wallTimeNs: 1,
        cpuTimeNs: 1,
        memoryPeakBytes: 1,
        processesPeak: 1,
        oomKills: 0,
        forksRefused: 0,
        stdoutBytes: 7,
        stderrBytes: 0,
        diskUsedBytes: 0,
        facts: 0x0f,
      });
  }
}

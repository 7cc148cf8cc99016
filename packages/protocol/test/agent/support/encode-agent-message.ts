import {
  type AgentMessage,
  ENTRY_KINDS,
  FRAME_TYPES,
  type FrameWriter,
  OUTPUT_STREAMS,
  STOP_REASONS,
} from '@sandglass/protocol/agent';

/** The agent's side of the wire, for tests that play the agent; the real one is native/agent. */
export function encodeAgentMessage(writer: FrameWriter, streamId: number, message: AgentMessage): void {
  switch (message.kind) {
    case 'hello':
      writer.begin(FRAME_TYPES.hello, 0, streamId);
      writer.u16(message.version);
      writer.u16(message.programUid);
      writer.u32(message.facts);
      writer.u32(message.sandboxId);
      break;
    case 'result':
    case 'fault':
      writer.begin(FRAME_TYPES[message.kind], 0, streamId);
      writer.u32(message.step);
      writer.u32(message.errno);
      writer.str(message.detail);
      break;
    case 'started':
      writer.begin(FRAME_TYPES.started, 0, streamId);
      writer.u32(message.pid);
      break;
    case 'output':
      writer.begin(FRAME_TYPES.output, OUTPUT_STREAMS[message.stream], streamId);
      writer.raw(message.data);
      break;
    case 'exited':
      writer.begin(FRAME_TYPES.exited, 0, streamId);
      writer.u8(message.signal === null ? 0 : 1);
      writer.u8(message.signal ?? message.exitCode ?? 0);
      writer.u16(STOP_REASONS.indexOf(message.stopReason));
      for (const counter of [message.wallTimeNs, message.cpuTimeNs, message.memoryPeakBytes])
        writer.u64(counter);
      for (const counter of [message.processesPeak, message.oomKills, message.forksRefused])
        writer.u32(counter);
      for (const counter of [message.stdoutBytes, message.stderrBytes, message.diskUsedBytes])
        writer.u64(counter);
      writer.u32(message.facts);
      break;
    case 'data':
      writer.begin(FRAME_TYPES.data, message.isLast ? 2 : 0, streamId);
      writer.raw(message.data);
      break;
    case 'entries':
      writer.begin(FRAME_TYPES.entries, (message.isLast ? 2 : 0) | (message.isTruncated ? 4 : 0), streamId);
      for (const entry of message.entries) {
        writer.u8(ENTRY_KINDS.indexOf(entry.kind) + 1);
        writer.u32(entry.mode);
        writer.u64(entry.sizeBytes);
        writer.u64(entry.modifiedAtMs * 1_000_000);
        writer.str(entry.path);
      }
      break;
    case 'stdin-credit':
      writer.begin(FRAME_TYPES.stdinCredit, 0, streamId);
      writer.u32(message.bytes);
      break;
    default:
      message satisfies never;
  }
  writer.end();
}

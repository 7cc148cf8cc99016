import {SandglassError} from '../errors.ts';
import {FRAME_TYPES} from './frame.ts';
import type {FrameWriter} from './frame-writer.ts';
import {
  type ExecMessage,
  OUTPUT_STREAMS,
  type PrimeMessage,
  SIGNAL_SCOPES,
  type WorkerMessage,
} from './worker-message.ts';

const WRITE_FLAGS = {first: 1, last: 2, quiet: 4} as const;
const STDIN_LAST = 2;
const EXEC_FLAGS = {terminal: 1, stopAtOutputLimit: 2, keepOthers: 4, primed: 8} as const;

/** Data of files and stdin travels in pieces of this size: the agent holds one frame at a time. */
const PIECE_BYTES = 65_536;

/** Appends the frames of a message. Throws `exec-failed` when an exec's arguments and environment do not fit into a frame. */
export function encodeWorkerMessage(writer: FrameWriter, streamId: number, message: WorkerMessage): void {
  switch (message.kind) {
    case 'write':
      encodeWrite(writer, streamId, message);
      return;
    case 'exec':
      encodeExec(writer, streamId, message);
      return;
    case 'prime':
      encodePrime(writer, streamId, message);
      return;
    case 'stdin':
      encodeStdin(writer, streamId, message);
      return;
    case 'credit':
      writer.begin(FRAME_TYPES.credit, 0, streamId);
      writer.u8(OUTPUT_STREAMS[message.stream]);
      writer.u32(message.bytes);
      break;
    case 'signal':
      writer.begin(FRAME_TYPES.signal, 0, streamId);
      writer.u8(message.signal);
      writer.u8(SIGNAL_SCOPES[message.scope]);
      break;
    case 'resize':
      writer.begin(FRAME_TYPES.resize, 0, streamId);
      writer.u16(message.columns);
      writer.u16(message.rows);
      break;
    case 'read':
      writer.begin(FRAME_TYPES.read, 0, streamId);
      writer.u64(message.offset);
      writer.u64(message.maxBytes);
      writer.str(message.path);
      break;
    case 'list':
      writer.begin(FRAME_TYPES.list, 0, streamId);
      writer.str(message.path);
      writer.u32(message.maxEntries);
      writer.u16(message.maxDepth);
      break;
    case 'kill':
      writer.begin(FRAME_TYPES.kill, 0, streamId);
      break;
    case 'alive':
      writer.begin(FRAME_TYPES.alive, 0, streamId);
      break;
    default:
      message satisfies never;
  }
  writer.end();
}

function encodeWrite(
  writer: FrameWriter,
  streamId: number,
  message: Extract<WorkerMessage, {kind: 'write'}>,
): void {
  const quiet = message.isQuiet ? WRITE_FLAGS.quiet : 0;
  const content = message.content;
  let sent = Math.min(PIECE_BYTES, content.length);
  writer.begin(
    FRAME_TYPES.write,
    WRITE_FLAGS.first | quiet | (sent === content.length ? WRITE_FLAGS.last : 0),
    streamId,
  );
  writer.str(message.path);
  writer.u32(message.mode);
  writer.raw(content.subarray(0, sent));
  writer.end();
  while (sent < content.length) {
    const piece = content.subarray(sent, sent + PIECE_BYTES);
    sent += piece.length;
    writer.begin(FRAME_TYPES.write, quiet | (sent === content.length ? WRITE_FLAGS.last : 0), streamId);
    writer.raw(piece);
    writer.end();
  }
}

function encodeStdin(
  writer: FrameWriter,
  streamId: number,
  message: Extract<WorkerMessage, {kind: 'stdin'}>,
): void {
  const {data, isLast} = message;
  let sent = 0;
  do {
    const piece = data.subarray(sent, sent + PIECE_BYTES);
    sent += piece.length;
    writer.begin(FRAME_TYPES.stdin, isLast && sent === data.length ? STDIN_LAST : 0, streamId);
    writer.raw(piece);
    writer.end();
  } while (sent < data.length);
}

function encodeExec(writer: FrameWriter, streamId: number, message: ExecMessage): void {
  writer.begin(FRAME_TYPES.exec, 0, streamId);
  writeCommand(writer, message);
  writer.end();
}

/** No limits and no windows: those are the EXEC's that takes the runtime over. */
function encodePrime(writer: FrameWriter, streamId: number, message: PrimeMessage): void {
  writer.begin(FRAME_TYPES.prime, 0, streamId);
  writeCommand(writer, {...message, ...UNBOUNDED});
  writer.str(message.library);
  writer.u16(counted('paths to stop at', message.stopAt.length));
  for (const path of message.stopAt) writer.str(path);
  writer.end();
}

const UNBOUNDED = {
  terminal: null,
  stopAtOutputLimit: false,
  keepOthers: false,
  takesPrimed: false,
  wallTimeMs: 0,
  cpuTimeMs: 0,
  outputBytes: 0,
  fileBytes: 0,
  processes: 0,
  windowBytes: 0,
} as const;

function writeCommand(writer: FrameWriter, message: Omit<ExecMessage, 'kind'>): void {
  writer.u32(
    (message.terminal === null ? 0 : EXEC_FLAGS.terminal) |
      (message.stopAtOutputLimit ? EXEC_FLAGS.stopAtOutputLimit : 0) |
      (message.keepOthers ? EXEC_FLAGS.keepOthers : 0) |
      (message.takesPrimed ? EXEC_FLAGS.primed : 0),
  );
  writer.u64(message.wallTimeMs);
  writer.u64(message.cpuTimeMs);
  writer.u64(message.outputBytes);
  writer.u64(message.fileBytes);
  writer.u64(message.stackBytes);
  writer.u32(message.processes);
  writer.u32(message.openFiles);
  writer.u32(message.windowBytes);
  writer.u16(message.terminal?.columns ?? 0);
  writer.u16(message.terminal?.rows ?? 0);
  writer.str(message.cwd);
  writer.u16(counted('arguments', message.argv.length));
  for (const argument of message.argv) writer.str(argument);
  const names = Object.keys(message.env);
  writer.u16(counted('environment variables', names.length));
  for (const name of names) writer.str(`${name}=${message.env[name]}`);
}

/** The wire counts them in 16 bits. */
function counted(what: string, count: number): number {
  if (count > 0xffff)
    throw new SandglassError(
      'exec-failed',
      `Cannot start a program with ${count} ${what}: at most 65535 fit.`,
    );
  return count;
}

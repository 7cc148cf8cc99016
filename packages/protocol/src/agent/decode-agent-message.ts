import {
  type AgentMessage,
  ENTRY_KINDS,
  type ExitedMessage,
  FACTS,
  type ListedEntry,
  STOP_REASONS,
  type StepResult,
} from './agent-message.ts';
import {FRAME_TYPES, type Frame, MAX_DATA_BYTES, MAX_PAYLOAD_BYTES} from './frame.ts';
import {PayloadReader} from './payload-reader.ts';
import {violation} from './violation.ts';
import type {OutputStreamName} from './worker-message.ts';

/** The detail of a failed step names a path or a limit; the agent clamps it to 160 bytes. */
const MAX_DETAIL_BYTES = 1024;
const RESULT_BYTES = 4 + 4 + 4 + MAX_DETAIL_BYTES;
const HELLO_BYTES = 2 + 2 + 4 + 4;
const EXITED_BYTES = 1 + 1 + 2 + 3 * 8 + 3 * 4 + 3 * 8 + 4;

/** PATH_MAX of Linux; a path relative to a directory that is itself that deep can be no longer in practice. */
const MAX_PATH_BYTES = 4096;
const MAX_SIGNAL = 64;
const HELLO_FACTS =
  FACTS.cpuFromCgroup | FACTS.memoryFromCgroup | FACTS.processesFromCgroup | FACTS.separateUid;
const EXITED_FACTS = Object.values(FACTS).reduce((all, fact) => all | fact, 0);
const LAST = 2;
const TRUNCATED = 4;
const OUTPUT_STREAM_BY_FLAG: readonly (OutputStreamName | undefined)[] = [
  undefined,
  'stdout',
  'stderr',
  'terminal',
];

/** The longest payload that an agent's frame of this type can have; undefined for types that are not an agent's. */
export function maxAgentPayloadBytes(type: number): number | undefined {
  switch (type) {
    case FRAME_TYPES.hello:
      return HELLO_BYTES;
    case FRAME_TYPES.result:
    case FRAME_TYPES.fault:
      return RESULT_BYTES;
    case FRAME_TYPES.started:
    case FRAME_TYPES.stdinCredit:
      return 4;
    case FRAME_TYPES.output:
    case FRAME_TYPES.data:
      return MAX_DATA_BYTES;
    case FRAME_TYPES.exited:
      return EXITED_BYTES;
    case FRAME_TYPES.entries:
      return MAX_PAYLOAD_BYTES;
    default:
      return undefined;
  }
}

/** Checks every length, number and flag of an agent's frame. Throws `agent-protocol-violation`. */
export function decodeAgentMessage(frame: Frame): AgentMessage {
  switch (frame.type) {
    case FRAME_TYPES.output:
      return decodeOutput(frame);
    case FRAME_TYPES.exited:
      return decodeExited(frame);
    case FRAME_TYPES.started:
      return decodeFixed(frame, (reader) => ({kind: 'started', pid: reader.u32()}));
    case FRAME_TYPES.stdinCredit:
      return decodeFixed(frame, (reader) => ({kind: 'stdin-credit', bytes: reader.u32()}));
    case FRAME_TYPES.result:
      return {kind: 'result', ...decodeStepResult(frame)};
    case FRAME_TYPES.fault:
      return {kind: 'fault', ...decodeStepResult(frame)};
    case FRAME_TYPES.data:
      return decodeData(frame);
    case FRAME_TYPES.entries:
      return decodeEntries(frame);
    case FRAME_TYPES.hello:
      return decodeHello(frame);
    default:
      throw violation(`frame type 0x${frame.type.toString(16)} is unknown or not its to send`);
  }
}

/** Step, errno and detail of a RESULT or FAULT, the launcher's included. */
export function decodeStepResult(frame: Frame): StepResult {
  refuseFlags(frame, 0);
  const reader = new PayloadReader(frame);
  const result = {step: reader.u32(), errno: reader.u32(), detail: reader.str(MAX_DETAIL_BYTES)};
  reader.end();
  return result;
}

function decodeFixed(frame: Frame, read: (reader: PayloadReader) => AgentMessage): AgentMessage {
  refuseFlags(frame, 0);
  const reader = new PayloadReader(frame);
  const message = read(reader);
  reader.end();
  return message;
}

function decodeHello(frame: Frame): AgentMessage {
  refuseFlags(frame, 0);
  const reader = new PayloadReader(frame);
  const message = {
    kind: 'hello',
    version: reader.u16(),
    programUid: reader.u16(),
    facts: knownFacts(reader.u32(), HELLO_FACTS),
    sandboxId: reader.u32(),
  } as const;
  reader.end();
  return message;
}

function decodeOutput(frame: Frame): AgentMessage {
  const stream = OUTPUT_STREAM_BY_FLAG[frame.flags];
  if (stream === undefined) throw violation(`output on stream ${frame.flags}`);
  if (frame.payload.length === 0) throw violation('an output of no bytes');
  return {kind: 'output', stream, data: frame.payload};
}

function decodeData(frame: Frame): AgentMessage {
  refuseFlags(frame, LAST);
  const isLast = (frame.flags & LAST) !== 0;
  // Without this rule a frame after frame of nothing would be an answer that never ends.
  if (frame.payload.length === 0 && !isLast) throw violation('an empty piece of data that is not the last');
  return {kind: 'data', data: frame.payload, isLast};
}

function decodeExited(frame: Frame): ExitedMessage {
  refuseFlags(frame, 0);
  const reader = new PayloadReader(frame);
  const end = reader.u8();
  const value = reader.u8();
  const reason = reader.u16();
  const stopReason = STOP_REASONS[reason];
  if (end > 1) throw violation(`a program's end of kind ${end}`);
  if (stopReason === undefined) throw violation(`a stop reason of ${reason}`);
  if (end === 1 && (value < 1 || value > MAX_SIGNAL))
    throw violation(`a program ended by signal number ${value}`);
  const message: ExitedMessage = {
    kind: 'exited',
    exitCode: end === 0 ? value : null,
    signal: end === 1 ? value : null,
    stopReason,
    wallTimeNs: reader.u64(),
    cpuTimeNs: reader.u64(),
    memoryPeakBytes: reader.u64(),
    processesPeak: reader.u32(),
    oomKills: reader.u32(),
    forksRefused: reader.u32(),
    stdoutBytes: reader.u64(),
    stderrBytes: reader.u64(),
    diskUsedBytes: reader.u64(),
    facts: knownFacts(reader.u32(), EXITED_FACTS),
  };
  reader.end();
  return message;
}

function decodeEntries(frame: Frame): AgentMessage {
  refuseFlags(frame, LAST | TRUNCATED);
  const reader = new PayloadReader(frame);
  const entries: ListedEntry[] = [];
  while (!reader.isAtEnd) entries.push(decodeEntry(reader));
  const isLast = (frame.flags & LAST) !== 0;
  if (entries.length === 0 && !isLast) throw violation('an empty part of a listing that is not the last');
  return {kind: 'entries', entries, isLast, isTruncated: (frame.flags & TRUNCATED) !== 0};
}

function decodeEntry(reader: PayloadReader): ListedEntry {
  const number = reader.u8();
  const kind = ENTRY_KINDS[number - 1];
  if (kind === undefined) throw violation(`a directory entry of kind ${number}`);
  const entry = {
    kind,
    mode: reader.u32(),
    sizeBytes: reader.u64Rounded(),
    modifiedAtMs: reader.i64NsAsMs(),
    path: reader.str(MAX_PATH_BYTES),
  };
  if (!isInside(entry.path))
    throw violation(`a directory entry called ${JSON.stringify(entry.path.slice(0, 80))}`);
  return entry;
}

/** Whoever joins a listed path to a directory must stay below it. */
function isInside(path: string): boolean {
  return path.split('/').every((component) => component !== '' && component !== '.' && component !== '..');
}

function knownFacts(facts: number, known: number): number {
  if ((facts & ~known) !== 0) throw violation(`unknown facts 0x${facts.toString(16)}`);
  return facts;
}

function refuseFlags(frame: Frame, allowed: number): void {
  if ((frame.flags & ~allowed) !== 0)
    throw violation(`flags 0x${frame.flags.toString(16)} in a frame of type 0x${frame.type.toString(16)}`);
}

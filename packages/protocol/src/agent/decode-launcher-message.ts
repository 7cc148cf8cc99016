import {Type} from 'typebox';
import {Compile} from 'typebox/compile';
import {decodeStepResult} from './decode-agent-message.ts';
import {FRAME_TYPES, type Frame, MAX_DATA_BYTES} from './frame.ts';
import type {LauncherFacts, LauncherMessage} from './launcher-message.ts';
import {PayloadReader} from './payload-reader.ts';
import {violation} from './violation.ts';

const MAX_DETAIL_BYTES = 1024;

/** New fields may come with a newer launcher; those known here have exactly these types. */
const FACTS_SCHEMA = Type.Object({
  rootless: Type.Boolean(),
  cgroup: Type.Union([Type.Literal('v1'), Type.Literal('v2'), Type.Literal('hybrid'), Type.Literal('none')]),
  enforced: Type.Array(Type.String()),
  weaker: Type.Array(Type.Object({mechanism: Type.String(), reason: Type.String(), remedy: Type.String()})),
  sandboxes: Type.Integer({minimum: 0}),
  cpus: Type.Array(Type.Integer({minimum: 0})),
});
const FACTS_VALIDATOR = Compile(FACTS_SCHEMA);

/** The longest payload of a launcher's frame on a control connection; undefined for types that are not a launcher's. */
export function maxLauncherPayloadBytes(type: number): number | undefined {
  switch (type) {
    case FRAME_TYPES.ready:
    case FRAME_TYPES.created:
    case FRAME_TYPES.done:
    case FRAME_TYPES.gone:
    case FRAME_TYPES.pong:
    case FRAME_TYPES.fault:
      return MAX_DATA_BYTES;
    default:
      return undefined;
  }
}

/** Checks every field of a launcher's frame. Throws `agent-protocol-violation`. */
export function decodeLauncherMessage(frame: Frame): LauncherMessage {
  if (frame.type === FRAME_TYPES.fault) return {kind: 'fault', ...decodeStepResult(frame)};
  if (frame.flags !== 0) throw violation(`flags 0x${frame.flags.toString(16)} in a launcher's frame`);
  const reader = new PayloadReader(frame);
  const message = decodeFields(frame.type, reader);
  reader.end();
  return message;
}

function decodeFields(type: number, reader: PayloadReader): LauncherMessage {
  switch (type) {
    case FRAME_TYPES.ready:
      return {kind: 'ready', version: reader.u16(), facts: parseFacts(reader.str(MAX_DATA_BYTES))};
    case FRAME_TYPES.created:
      return {kind: 'created', sandboxId: reader.u32()};
    case FRAME_TYPES.done:
      return {
        kind: 'done',
        sandboxId: reader.u32(),
        step: reader.u32(),
        errno: reader.u32(),
        detail: reader.str(MAX_DETAIL_BYTES),
      };
    case FRAME_TYPES.gone:
      return {
        kind: 'gone',
        sandboxId: reader.u32(),
        wasAsked: reader.u8() !== 0,
        waitStatus: reader.i32(),
        cpuTimeNs: reader.u64(),
        memoryPeakBytes: reader.u64(),
        oomKills: reader.u32(),
      };
    case FRAME_TYPES.pong:
      return {kind: 'pong', liveSandboxes: reader.u32()};
    default:
      throw violation(`frame type 0x${type.toString(16)} is not a launcher's`);
  }
}

function parseFacts(text: string): LauncherFacts {
  let facts: unknown;
  try {
    facts = JSON.parse(text);
  } catch (error) {
    throw violation(`READY carries text that is not JSON (${String(error)})`);
  }
  if (!FACTS_VALIDATOR.Check(facts)) throw violation('READY carries facts of an unknown form');
  return facts;
}

import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {
  decodeGuestMessage,
  decodeLauncherMessage,
  encodeLauncherRequest,
  FRAME_HEADER_BYTES,
  FRAME_TYPES,
  type Frame,
  FrameDecoder,
  FrameWriter,
  type LauncherFacts,
  type LauncherRequest,
  maxAgentPayloadBytes,
  maxGuestPayloadBytes,
  maxLauncherPayloadBytes,
  PROTOCOL_VERSION,
  violation,
} from '@sandglass/protocol/agent';
import {describeStep} from '../../agent-client/describe-step.ts';
import type {SandboxLimits} from '../../driver.ts';
import {launcherLimits} from '../linux/launcher-limits.ts';
import {firstFrames} from './first-frames.ts';
import type {MachineStreams} from './machine-monitor.ts';

/** The one image that a guest's launcher knows; its root is the machine's disk. */
const GUEST_IMAGE = 'guest';
const HOSTNAME = 'sandbox';
const REQUEST_BYTES = 256;

/** What a sandbox in a guest begins with; its real limits follow before it is handed out. */
const FIRST_LIMITS: SandboxLimits = {
  memoryBytes: 64 * 1024 * 1024,
  processes: 64,
  cpuCount: 1,
  diskBytes: 16 * 1024 * 1024,
};

/**
 * What was said at the beginning of the conversations with a guest. A machine that is restored from a snapshot made afterwards goes on
 * where they stopped, so its worker must know it.
 */
export interface Greeting {
  readonly sandboxId: number;
  /** The launcher's READY and the agent's HELLO as they came, headers included. */
  readonly ready: Buffer;
  readonly hello: Buffer;
}

/** What the launcher in the guest can enforce there. */
export function launcherFacts({ready}: Greeting): LauncherFacts {
  const decoder = new FrameDecoder(maxLauncherPayloadBytes);
  decoder.push(ready);
  const message = decodeLauncherMessage(taken(decoder.next() ?? undefined));
  if (message.kind !== 'ready') throw violation(`${message.kind} instead of READY`);
  return message.facts;
}

/** Waits until the guest is up. Throws what the guest says it failed with. */
export async function awaitGuest(guest: Duplex, signal: AbortSignal): Promise<void> {
  const [frame] = await firstFrames(guest, {count: 1, maxPayloadBytes: maxGuestPayloadBytes, signal});
  const message = decodeGuestMessage(taken(frame));
  if (message.kind === 'fault')
    throw new SandglassError('isolation-failed', `The guest did not come up: ${describeStep(message)}.`);
  if (message.kind !== 'up') throw violation(`${message.kind} from a guest that has not come up`);
  if (message.version !== PROTOCOL_VERSION)
    throw violation(
      `a guest with protocol version ${message.version}, this worker speaks ${PROTOCOL_VERSION}`,
    );
}

/** Takes control of the guest's launcher and has it make the one sandbox. */
export async function greet(streams: MachineStreams, signal: AbortSignal): Promise<Greeting> {
  send(streams.launcher, {kind: 'control'});
  const [first] = await firstFrames(streams.launcher, {
    count: 1,
    maxPayloadBytes: maxLauncherPayloadBytes,
    signal,
  });
  const ready = decodeLauncherMessage(taken(first));
  if (ready.kind === 'fault') throw refused(describeStep(ready));
  if (ready.kind !== 'ready') throw violation(`${ready.kind} instead of READY`);

  send(streams.agent, {
    kind: 'create',
    limits: launcherLimits(FIRST_LIMITS, 0),
    image: GUEST_IMAGE,
    hostname: HOSTNAME,
  });
  const [second, hello] = await firstFrames(streams.agent, {
    count: 2,
    maxPayloadBytes: (type) => (type === FRAME_TYPES.created ? 4 : maxAgentPayloadBytes(type)),
    signal,
  });
  const created = decodeLauncherMessage(taken(second));
  if (created.kind === 'fault') throw refused(describeStep(created));
  if (created.kind !== 'created') throw violation(`${created.kind} instead of CREATED`);
  return {sandboxId: created.sandboxId, ready: encodeAgain(taken(first)), hello: encodeAgain(taken(hello))};
}

function send(stream: Duplex, request: LauncherRequest): void {
  const writer = new FrameWriter(REQUEST_BYTES);
  encodeLauncherRequest(writer, 0, request);
  for (const chunk of writer.finish()) stream.write(chunk);
}

/** As it came on the wire, for AgentClient to read as the first thing of its connection. */
function encodeAgain(frame: Frame): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(frame.payload.length, 0);
  header.writeUInt8(frame.type, 4);
  header.writeUInt8(frame.flags, 5);
  header.writeUInt16LE(frame.streamId, 6);
  return Buffer.concat([header, frame.payload]);
}

function taken(frame: Frame | undefined): Frame {
  if (frame === undefined) throw violation('a message is missing');
  return frame;
}

function refused(why: string): SandglassError {
  return new SandglassError('isolation-failed', `The launcher in the guest made no sandbox: ${why}.`);
}

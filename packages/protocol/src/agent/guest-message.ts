import type {StepResult} from './agent-message.ts';
import {decodeStepResult} from './decode-agent-message.ts';
import {FRAME_TYPES, type Frame} from './frame.ts';
import type {FrameWriter} from './frame-writer.ts';
import {PayloadReader} from './payload-reader.ts';
import {violation} from './violation.ts';

const MAX_TEXT_BYTES = 1024;

/** What a microVM's first process says to the worker (section 8). */
export type GuestMessage =
  | {readonly kind: 'up'; readonly version: number; readonly kernelRelease: string}
  | {readonly kind: 'renewed'}
  | ({readonly kind: 'fault'} & StepResult);

/** The longest payload of a guest's frame; undefined for types that are not a guest's. */
export function maxGuestPayloadBytes(type: number): number | undefined {
  const isGuests = type === FRAME_TYPES.up || type === FRAME_TYPES.renewed || type === FRAME_TYPES.fault;
  return isGuests ? MAX_TEXT_BYTES : undefined;
}

/** Checks every field of a guest's frame. Throws `agent-protocol-violation`. */
export function decodeGuestMessage(frame: Frame): GuestMessage {
  if (frame.type === FRAME_TYPES.fault) return {kind: 'fault', ...decodeStepResult(frame)};
  if (frame.flags !== 0) throw violation(`flags 0x${frame.flags.toString(16)} in a guest's frame`);
  const reader = new PayloadReader(frame);
  switch (frame.type) {
    case FRAME_TYPES.up: {
      const message = {
        kind: 'up',
        version: reader.u16(),
        kernelRelease: reader.str(MAX_TEXT_BYTES),
      } as const;
      reader.end();
      return message;
    }
    case FRAME_TYPES.renewed:
      reader.end();
      return {kind: 'renewed'};
    default:
      throw violation(`frame type 0x${frame.type.toString(16)} is not a guest's`);
  }
}

/**
 * Appends the order to mix `entropy` (1 to 512 bytes) into the guest's random generator and to set its wall clock, in nanoseconds
 * since 1970.
 */
export function encodeRenewRequest(
  writer: FrameWriter,
  request: {readonly entropy: Uint8Array; readonly realtimeNs: bigint},
): void {
  const clock = Buffer.alloc(8);
  clock.writeBigUInt64LE(request.realtimeNs);
  writer.begin(FRAME_TYPES.renew, 0, 0);
  writer.raw(clock);
  writer.raw(request.entropy);
  writer.end();
}

import {FRAME_TYPES, PROTOCOL_VERSION} from './frame.ts';
import type {FrameWriter} from './frame-writer.ts';
import type {LauncherLimits, LauncherRequest} from './launcher-message.ts';

/** Appends the frame of a request. The launcher echoes `streamId` in its answer. */
export function encodeLauncherRequest(writer: FrameWriter, streamId: number, request: LauncherRequest): void {
  switch (request.kind) {
    case 'control':
      writer.begin(FRAME_TYPES.control, 0, streamId);
      writer.u16(PROTOCOL_VERSION);
      break;
    case 'create':
      writer.begin(FRAME_TYPES.create, 0, streamId);
      encodeLimits(writer, request.limits);
      writer.str(request.image);
      writer.str(request.hostname);
      break;
    case 'configure':
      writer.begin(FRAME_TYPES.configure, 0, streamId);
      writer.u32(request.sandboxId);
      encodeLimits(writer, request.limits);
      break;
    case 'destroy':
      writer.begin(FRAME_TYPES.destroy, 0, streamId);
      writer.u32(request.sandboxId);
      break;
    case 'ping':
      writer.begin(FRAME_TYPES.ping, 0, streamId);
      break;
    case 'pin':
      writer.begin(FRAME_TYPES.pin, 0, streamId);
      writer.u32(request.sandboxId);
      writer.u32(request.cpu);
      break;
    default:
      request satisfies never;
  }
  writer.end();
}

function encodeLimits(writer: FrameWriter, limits: LauncherLimits): void {
  writer.u64(limits.memoryBytes);
  writer.u32(limits.processes);
  writer.u32(limits.cpuThousandths);
  writer.u64(limits.diskBytes);
  writer.u32(limits.inodes);
  writer.u64(limits.diskIoBytesPerSecond);
}

import type {Frame, FrameDecoder} from '@sandglass/protocol/agent';

/** Feeds the pieces and returns every frame, each copied as a real receiver would before it reads on. */
export function collectFrames(decoder: FrameDecoder, pieces: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next())
      frames.push({...frame, payload: Buffer.from(frame.payload)});
  }
  return frames;
}

/** Cuts bytes at the given places, in any order; places past the end are ignored. */
export function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

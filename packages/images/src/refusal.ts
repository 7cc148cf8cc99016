import {SandglassError} from '@sandglass/protocol';

/** An archive or image that breaks a rule: hostile, damaged or cut off. What it is refused for goes into the message. */
export function refused(message: string, cause?: unknown): SandglassError {
  return new SandglassError('image-refused', message, {cause});
}

/** A source of images that cannot be had: a tool that is not installed, a mirror or registry that does not answer. */
export function unavailable(message: string, cause?: unknown): SandglassError {
  return new SandglassError('image-unavailable', message, {cause});
}

/** No room at `folder`. */
export function diskFull(folder: string, cause: unknown): SandglassError {
  return unavailable(
    `Cannot make the image: the disk is full. Make room at ${folder}; "sandglass images prune" and "remove" free some.`,
    cause,
  );
}

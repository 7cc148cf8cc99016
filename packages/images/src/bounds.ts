/** What an image may take at most. Whoever made the archive is a stranger, and disk and memory are ours. */
export interface ImageBounds {
  /** Bytes of all files together, unpacked. */
  readonly totalBytes: number;
  /** Files, folders and links together. */
  readonly entries: number;
  /** Unpacked bytes for each packed one, once a layer is larger than `ratioFromBytes` unpacked. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  readonly layers: number;
  /** Of a manifest, configuration or index. */
  readonly documentBytes: number;
  /** Milliseconds in which a source may send less than 64 KiB. */
  readonly silenceMs: number;
}

const MIB = 1024 * 1024;

/** Every published image of a toolchain stays far below; gzip cannot pass a ratio of 1032, and real layers stay below 20. */
export const DEFAULT_BOUNDS: ImageBounds = {
  totalBytes: 24 * 1024 * MIB,
  entries: 1_000_000,
  ratio: 200,
  ratioFromBytes: 64 * MIB,
  layers: 256,
  documentBytes: 4 * MIB,
  // A registry that is too busy may ask for a minute.
  silenceMs: 120_000,
};

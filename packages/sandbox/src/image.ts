/**
 * One thing in an image's root. Paths are absolute and normal (no `.`, `..`, `//` or trailing slash). Missing parent
 * directories are made with mode 0755. `/dev`, `/proc`, `/sys`, `/work` and `/tmp` are the driver's; an entry there is refused.
 * Modes are permission bits, at most 0o777.
 */
export type ImageEntry =
  /** An empty, read-only directory. */
  | {readonly kind: 'directory'; readonly path: string; readonly mode: number}
  /** A file or directory of the host, read-only, without set-uid effect or devices. Mounts below `source` are not carried along. */
  | {readonly kind: 'bind'; readonly source: string; readonly target: string}
  /** A symbolic link at `path`. */
  | {readonly kind: 'link'; readonly path: string; readonly destination: string}
  /** A small file with this content. */
  | {readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array}
  /** Covers a directory below a bind with an empty one. */
  | {readonly kind: 'hide'; readonly path: string};

/** What a sandbox sees as its root, by name. Later entries are laid over earlier ones. */
export interface ImageDefinition {
  /** 1 to 64 of a-z, 0-9 and -; `SandboxKind.image` refers to it. */
  readonly name: string;
  readonly entries: readonly ImageEntry[];
  /**
   * The image's own files as one folder that nobody writes to, with the digest of what is in it; for drivers that take a root as a whole, such
   * as a virtual machine's disk. `entries` has the same and what comes beside it. Absent for the host's own toolchains.
   */
  readonly tree?: {readonly rootDir: string; readonly digest: string};
  /** Environment that the image's maker meant for its programs; beneath what Sandglass and the request set. */
  readonly env?: Readonly<Record<string, string>>;
}

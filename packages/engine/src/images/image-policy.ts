/** Which images an operator lets runs have. */
export interface ImagePolicy {
  /** Names of stored images, or `host` for the toolchains of this machine. Default: `host` only. */
  readonly offered?: readonly string[];
  /** What a run gets that names none; default: the first that is offered. */
  readonly default?: string;
  /** Language id to the image that its runs get when they name none. */
  readonly languages?: Readonly<Record<string, string>>;
}

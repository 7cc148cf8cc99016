/** One rule broken at one place. */
export interface Problem {
  /** Relative to the project's top, with a line number where there is one: `packages/x/src/a.ts:12`. */
  readonly where: string;
  readonly message: string;
}

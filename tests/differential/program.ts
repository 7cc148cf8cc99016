/** A small program whose behaviour somebody could see to differ from that of the same program started by hand. */
export interface DifferentialProgram {
  /** What it looks at; a test's title. */
  readonly title: string;
  /** One source under the language's usual name, or several by path. */
  readonly code: string | Readonly<Record<string, string>>;
  /** Default: as a request without it. */
  readonly entry?: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Programs of one language. */
export interface DifferentialSet {
  readonly language: string;
  readonly programs: readonly DifferentialProgram[];
}

/** Everything that a start shows to whoever started it. */
export interface Visible {
  /** Null when the language does not compile. */
  readonly compile: ProgramEnd | null;
  /** Null when compiling failed. */
  readonly run: ProgramEnd | null;
}

export interface ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

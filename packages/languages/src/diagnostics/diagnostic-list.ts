import type {Diagnostic, SourceFile} from '@sandglass/protocol';

/** A compiler may report thousands of follow-up errors; nobody reads past the first hundred. */
export const MAX_DIAGNOSTICS = 100;

/** Characters kept of a message: enough for the longest template error that is still of use. */
const MAX_MESSAGE_LENGTH = 2000;

/** A position as a tool printed it; `column` counts from 1. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
}

/** Collects positions in the user's own files, in order, bounded; everything else is left out. */
export class DiagnosticList {
  readonly #paths: ReadonlySet<string>;
  readonly #found: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  constructor(files: readonly SourceFile[]) {
    this.#paths = new Set(files.map((file) => file.path));
  }

  /** The user's path behind what a tool printed, or null when the file is not the user's. */
  userPath(printed: string): string | null {
    const path = printed
      .replace(/^file:\/\//, '')
      .replace(/^\/work\//, '')
      .replace(/^\.\//, '');
    return this.#paths.has(path) ? path : null;
  }

  add(finding: Finding): void {
    const file = this.userPath(finding.file);
    if (file === null || this.#found.length >= MAX_DIAGNOSTICS) return;
    if (!Number.isSafeInteger(finding.line) || finding.line < 1) return;
    const message = finding.message.slice(0, MAX_MESSAGE_LENGTH);
    const key = `${file}\n${finding.line}\n${finding.column}\n${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const hasColumn =
      finding.column !== undefined && Number.isSafeInteger(finding.column) && finding.column > 0;
    this.#found.push({
      file,
      line: finding.line,
      ...(hasColumn ? {column: finding.column} : {}),
      severity: finding.severity,
      message,
    });
  }

  get all(): readonly Diagnostic[] {
    return this.#found;
  }
}

import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

/** A fresh directory below the system's temporary one; the caller removes it. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'sandglass-test-'));
  return {path, remove: () => rmSync(path, {recursive: true, force: true})};
}

import type {Run} from '@sandglass/protocol';
import type {RunFilter} from '@sandglass/store';

export interface PageRequest {
  readonly filter: RunFilter;
  readonly cursor: string | null;
  readonly limit: number;
}
export interface RunPage {
  readonly runs: Run[];
  readonly nextCursor: string | null;
}

/** Outputs of a page together; a hundred runs of many megabytes each would be an answer that nobody can hold. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** A page that is also bounded by bytes: a shorter one is asked for when the runs are large. Always at least one run. */
export async function listPage(
  list: (page: PageRequest) => Promise<RunPage>,
  page: PageRequest,
): Promise<RunPage> {
  const found = await list(page);
  let bytes = 0;
  const fitting = found.runs.findIndex((run) => {
    bytes += outputSize(run);
    return bytes > MAX_PAGE_BYTES;
  });
  if (fitting === -1) return found;
  return await list({...page, limit: Math.max(1, fitting)});
}

/** About the length of a run as JSON: what programs printed and left behind decides it. */
export function outputSize({compile, run, artifacts}: Run): number {
  let size = 1024;
  for (const step of [compile, run]) {
    if (step === null) continue;
    size +=
      step.stdout.length +
      step.stderr.length +
      (step.stdoutBase64?.length ?? 0) +
      (step.stderrBase64?.length ?? 0);
  }
  return artifacts.reduce((sum, artifact) => sum + artifact.contentBase64.length, size);
}

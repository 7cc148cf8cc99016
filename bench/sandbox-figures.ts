import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';

/** One line of `bench/sandbox.ts`. */
export interface SandboxFigure {
  readonly title: string;
  readonly figure: string;
}

/**
 * What sandboxes cost without a server above them. Measured in a process of its own and after the server has ended: the memory
 * of an idle one is read from what the whole machine has left.
 */
export async function measureSandboxes(): Promise<SandboxFigure[]> {
  const script = join(import.meta.dirname, 'sandbox.ts');
  const {stdout} = await promisify(execFile)(process.execPath, [script]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [title = '', figure = ''] = line.split(/\s{2,}/);
      return {title, figure};
    });
}

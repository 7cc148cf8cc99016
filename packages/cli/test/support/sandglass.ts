import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Standard input; nothing by default, as with `< /dev/null`. */
  readonly stdin?: string | Buffer;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process once it has printed this to stdout. */
  readonly when?: {readonly prints: string; readonly act: (child: ReturnType<typeof spawn>) => void};
}

/** Runs the real command line in a process of its own and waits for its end. */
export async function sandglass(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd,
    env: {...process.env, ...options.env},
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(options.stdin);
  let stdout = '';
  let stderr = '';
  let isPrinted = false;
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('latin1');
    if (isPrinted || options.when === undefined || !stdout.includes(options.when.prints)) return;
    isPrinted = true;
    options.when.act(child);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [exitCode] = await once(child, 'close');
  return {exitCode, stdout, stderr};
}

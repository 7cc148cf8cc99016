import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

/** The first start proves every language, which takes a while on two cores, and longer where a machine's instructions are translated. */
const READY_TIMEOUT_MS = 180_000;
const MACHINES_READY_TIMEOUT_MS = 900_000;
const STOP_TIMEOUT_MS = 15_000;

/** A server of our own in a process of its own, as a user starts it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Resident memory of the Node process now, in bytes. */
  residentBytes(): Promise<number>;
}

export interface ServerProcessOptions {
  /** Isolation levels, `auto` for the server's default. */
  readonly levels?: readonly string[];
  /** Settings as the environment gives them. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `sandglass serve` on a free port with the given data folder. The caller disposes it. */
export async function startServerProcess(
  dataDir: string,
  {levels = ['auto'], env = {}}: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const main = join(import.meta.dirname, '../packages/cli/src/main.ts');
  const args = [main, 'serve', '--port', '0', '--log-level', 'warn', '--data-dir', dataDir];
  const named = levels.filter((level) => level !== 'auto');
  if (named.length > 0) args.push('--isolation-allowed', named.join(','));
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {...process.env, ...env},
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await once(child, 'exit');
    clearTimeout(force);
  };
  try {
    const withinMs = levels.includes('microvm') ? MACHINES_READY_TIMEOUT_MS : READY_TIMEOUT_MS;
    const url = await Promise.race([readyUrl(child.stdout, withinMs), died(child)]);
    const pid = child.pid ?? 0;
    return {url, pid, residentBytes: () => residentBytes(pid), [Symbol.asyncDispose]: stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readyUrl(stdout: NodeJS.ReadableStream, withinMs: number): Promise<string> {
  const lines = createInterface({input: stdout, signal: AbortSignal.timeout(withinMs)});
  for await (const line of lines) {
    const url = /Sandglass is ready at (http\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`The server was not ready within ${withinMs} ms.`);
}

async function died(child: ReturnType<typeof spawn>): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`The server ended with exit code ${code} before it was ready; its message is above.`);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

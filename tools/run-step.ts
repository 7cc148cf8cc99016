import {spawn} from 'node:child_process';
import {PROJECT_ROOT} from './project-files.ts';

export interface StepResult {
  readonly exitCode: number;
  /** What it wrote to stdout, when asked to be kept; shown as it came either way. */
  readonly stdout: string;
}

export interface StepOptions {
  readonly keepsStdout?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** After this the step is killed and counts as failed. */
  readonly timeoutMs: number;
}

/** Runs one command in the project's top folder with its output shown. A killed or missing command has exit code 1. */
export function runStep(command: string, args: readonly string[], options: StepOptions): Promise<StepResult> {
  const {keepsStdout = false, env = {}, timeoutMs} = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: PROJECT_ROOT,
      env: {...process.env, ...env},
      stdio: ['ignore', keepsStdout ? 'pipe' : 'inherit', 'inherit'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
      process.stdout.write(chunk);
    });
    child.once('error', (error) => {
      process.stderr.write(`Cannot start ${command}: ${error.message}\n`);
      resolve({exitCode: 1, stdout});
    });
    child.once('close', (code, signal) => {
      if (signal !== null) process.stderr.write(`${command} ${args.join(' ')} was ended by ${signal}\n`);
      resolve({exitCode: code ?? 1, stdout});
    });
  });
}

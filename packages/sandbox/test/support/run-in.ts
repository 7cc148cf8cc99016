import type {Command, ExitReport, Sandbox} from '@sandglass/sandbox';
import {command} from './command.ts';

/** A program's end and everything it printed. */
export interface Ended extends ExitReport {
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: string;
}

/** Runs a program to its end. */
export async function runIn(
  sandbox: Sandbox,
  argv: readonly string[],
  parts: Partial<Command> = {},
): Promise<Ended> {
  const printed = collector();
  const report = await sandbox.exec(command(argv, {onOutput: printed.onOutput, ...parts})).exited;
  return {...report, ...printed.texts()};
}

/** Gathers what a program prints, as text. */
export function collector(): {
  readonly onOutput: Command['onOutput'];
  texts(): {stdout: string; stderr: string; terminal: string};
  bytes(stream: 'stdout' | 'stderr' | 'terminal'): Buffer;
} {
  const pieces = {stdout: [] as Uint8Array[], stderr: [] as Uint8Array[], terminal: [] as Uint8Array[]};
  const bytes = (stream: keyof typeof pieces): Buffer => Buffer.concat(pieces[stream]);
  return {
    onOutput: (stream, data) => {
      pieces[stream].push(data);
    },
    bytes,
    texts: () => ({
      stdout: bytes('stdout').toString(),
      stderr: bytes('stderr').toString(),
      terminal: bytes('terminal').toString(),
    }),
  };
}

/** Runs Python source to its end. */
export function python(sandbox: Sandbox, source: string, parts: Partial<Command> = {}): Promise<Ended> {
  return runIn(sandbox, ['python3', '-I', '-S', '-c', source], parts);
}

/** Runs a shell script to its end. */
export function shell(sandbox: Sandbox, script: string, parts: Partial<Command> = {}): Promise<Ended> {
  return runIn(sandbox, ['sh', '-c', script], parts);
}

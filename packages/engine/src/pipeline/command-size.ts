import type {StagePlan} from '@sandglass/languages';
import {SandglassError} from '@sandglass/protocol';

/**
 * Arguments and environment of one program, in bytes: they travel in one frame of at most 1 MiB (`docs/agent-protocol.md`), and
 * the kernel takes about twice as much (execve(2)).
 */
const MAX_COMMAND_BYTES = 960 * 1024;

/** Each text has its length before it. */
const LENGTH_BYTES = 4;

/** A program's arguments and environment: what a recipe plans, and what the request adds to it. */
export interface CommandTexts {
  readonly plan: Pick<StagePlan, 'argv' | 'env'>;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Throws `invalid-request` for a command that no program could be started with, such as a compiler's with a thousand long paths. */
export function refuseLongCommand({plan, args, env}: CommandTexts): void {
  const environment = Object.entries({...env, ...plan.env}).map(([name, value]) => `${name}=${value}`);
  const bytes = [...plan.argv, ...args, ...environment].reduce(
    (sum, text) => sum + Buffer.byteLength(text) + LENGTH_BYTES,
    0,
  );
  if (bytes <= MAX_COMMAND_BYTES) return;
  const message = `makes a command line of ${bytes} bytes for "${plan.argv[0]}" but at most ${MAX_COMMAND_BYTES} fit; use shorter or fewer file names, arguments and options`;
  throw new SandglassError('invalid-request', `Cannot accept the run: the request ${message}.`, {
    fields: [{path: '', message}],
  });
}

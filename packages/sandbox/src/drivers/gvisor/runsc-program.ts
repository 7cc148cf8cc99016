import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const ANSWERED_WITHIN_MS = 10_000;

/**
 * Flags that keep a release as the driver expects it, where the release knows them. Since 2023 the root is covered by a writable layer that is a file in
 * the root folder; ours is shared and read-only.
 */
const WHERE_KNOWN = ['--overlay2=none'];

/** One `runsc` on this machine. */
export interface RunscProgram {
  readonly path: string;
  /** First line of what it says of itself; empty for a program that does not answer. */
  readonly version: string;
  /** To be passed at every call. */
  readonly flags: readonly string[];
}

/** Asks the program itself what it knows. One that cannot be started is no error here: whoever makes a sandbox with it learns why. */
export async function inspectRunsc(path: string): Promise<RunscProgram> {
  const [version, help] = await Promise.all([ask(path, '--version'), ask(path, 'flags')]);
  const isKnown = (flag: string): boolean => {
    const [name = ''] = flag.split('=');
    return new RegExp(`^\\s*${name.replace('--', '-')}\\b`, 'm').test(help);
  };
  return {path, version: version.split('\n')[0] ?? '', flags: WHERE_KNOWN.filter(isKnown)};
}

async function ask(path: string, question: string): Promise<string> {
  return await promisify(execFile)(path, [question], {timeout: ANSWERED_WITHIN_MS}).then(
    // The list of flags is on standard error.
    ({stdout, stderr}) => `${stdout}${stderr}`,
    () => '',
  );
}

import {homedir} from 'node:os';
import {join} from 'node:path';

/** Where data goes when nothing is said: the system's place for root, else the user's (XDG Base Directory Specification). */
export function defaultDataDir(env: {readonly XDG_DATA_HOME?: string | undefined}): string {
  if (process.getuid?.() === 0) return '/var/lib/sandglass';
  const base = env.XDG_DATA_HOME;
  // The specification says that a relative path is invalid and to be ignored.
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'share'), 'sandglass');
}

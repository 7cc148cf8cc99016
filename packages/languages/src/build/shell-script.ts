/**
 * One `/bin/sh` command out of several argument lists, each run after the former succeeded. Every argument is quoted, so nothing
 * that a user named is ever read as shell text.
 */
export function inSequence(commands: readonly (readonly string[])[]): string[] {
  return ['/bin/sh', '-c', commands.map((command) => command.map(quoted).join(' ')).join(' && ')];
}

/** Single quotes keep everything literal; a single quote itself is closed, escaped and opened again (POSIX 2.2.2). */
function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

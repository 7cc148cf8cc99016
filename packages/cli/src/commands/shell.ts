import {Command, Option} from 'commander';
import type {ShellCommandOptions} from '../shell/open-shell.ts';

const EXAMPLES = `
Examples:
  sandglass shell
  sandglass shell --lang rust
  sandglass shell --limit memory=1GiB --server http://127.0.0.1:4400

The sandbox is fresh and is destroyed when the shell ends. Ctrl-] ends it from outside.`;

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function shellCommand(): Command {
  return new Command('shell')
    .addOption(new Option('--image <name>', 'what the sandbox is made of').choices(['host']).default('host'))
    .option('-l, --lang <language>', 'put an example of that language into the working directory')
    .option('--limit <name=value>', 'limit of the session, such as memory=1GiB; repeatable', collect)
    .option('--server <url>', 'open it on a server (default: SANDGLASS_SERVER, else here)')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Partial<ShellCommandOptions>) => {
      const {openShell} = await import('../shell/open-shell.ts');
      process.exitCode = await openShell({limit: [], ...options});
    });
}

import {Command} from 'commander';
import type {FetchFlags} from '../gvisor/fetch.ts';

const EXAMPLES = `
Examples:
  sandglass gvisor fetch
  SANDGLASS_ISOLATION_ALLOWED=linux,gvisor sandglass serve`;

export function gvisorCommand(): Command {
  const command = new Command('gvisor').addHelpText('after', EXAMPLES);
  command
    .command('fetch')
    .description(
      "Fetch a newer gVisor than this machine's packages have into the data folder, from Debian and checked by its signatures. Nothing is installed.",
    )
    .option('--suite <suite>', 'release of Debian (default: trixie)')
    .option('--mirror <url>', 'where the package comes from (default: http://deb.debian.org/debian)')
    .option('--json', 'print what was fetched as JSON')
    .action(async (flags: FetchFlags) => await (await import('../gvisor/fetch.ts')).fetchGvisor(flags));
  return command;
}

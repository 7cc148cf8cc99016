import {Command} from 'commander';

const EXAMPLES = `
Examples:
  sandglass languages
  sandglass languages install rust go`;

export function languagesCommand(): Command {
  const command = new Command('languages')
    .option('--json', 'print them as JSON')
    .option('--server <url>', 'those of a server (default: SANDGLASS_SERVER, else this machine)')
    .addHelpText('after', EXAMPLES)
    .action(async (options: {readonly json?: true; readonly server?: string}) => {
      const {listLanguages} = await import('../languages/list-languages.ts');
      await listLanguages({json: options.json ?? false, server: options.server});
    });
  command
    .command('install')
    .description('Install toolchains from Debian packages (as root), or name the command to type.')
    .argument('<language...>', 'ids or aliases')
    .action(async (names: string[]) => {
      const {install} = await import('../languages/install.ts');
      await install(names);
    });
  return command;
}

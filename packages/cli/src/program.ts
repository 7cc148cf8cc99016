import {Command} from 'commander';
import {COMMANDS} from './commands/index.ts';
import {EXIT_CODES} from './exit-codes.ts';
import {VERSION} from './version.ts';

/**
 * The command line, with the command that `args` asks for fully loaded and the others by name only.
 * @param args without interpreter and script
 */
export async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('sandglass')
    .description('Run untrusted code in single-use sandboxes.')
    .version(VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(sandglass --help lists the commands)')
    .addHelpText('after', '\nExample:\n  sandglass run hello.py\n  sandglass help run');
  // `help run` and `run --help` both name the command that has to be known in full.
  const asked = args.filter((arg) => !arg.startsWith('-') && arg !== 'help')[0];
  for (const {name, summary, load} of COMMANDS) {
    if (name === asked) program.addCommand((await load()).summary(summary).description(capitalised(summary)));
    else program.command(name).summary(summary);
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : EXIT_CODES.usage);
    });
  }
  return program;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

import {loadConfig, SETTINGS} from '@sandglass/server/config';
import {Command} from 'commander';

/** How long a server that has stopped waits for what it did not open itself. */
const LEFT_OPEN_MS = 2_000;

const EXAMPLES = `
Every setting is also a variable (SANDGLASS_PORT) and a field of sandglass.config.json; docs/configuration.md lists them.

Examples:
  sandglass serve
  sandglass serve --port 8080 --log-level warn
  SANDGLASS_DATA_DIR=/srv/sandglass sandglass serve`;

export function serveCommand(): Command {
  return withSettings(new Command('serve'))
    .addHelpText('after', EXAMPLES)
    .action(async (_, command: Command) => {
      // Settings are read before the server is loaded: a wrong one is told at once.
      const {config} = await loadConfig({flags: flagsOf(command), env: process.env, cwd: process.cwd()});
      const {serve} = await import('@sandglass/server');
      await serve(config);
      // Everything of ours is closed by now. A connection that a library has left open must not keep the process alive.
      setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
    });
}

/** Adds an option for every setting of the server, and `--config` for its file; `omit` names settings whose flag the command uses itself. */
export function withSettings(command: Command, omit: readonly string[] = []): Command {
  command.option('--config <file>', 'file with settings (default: sandglass.config.json, if there is one)');
  for (const {key, flag, schema} of SETTINGS) {
    if (omit.includes(key)) continue;
    const standard = schema.default === '' ? '' : ` (default: ${JSON.stringify(schema.default)})`;
    command.option(`${flag} <value>`, `${schema.description ?? ''}${standard}`);
  }
  return command;
}

/** The flags that were really given, as the configuration takes them: `data-dir` to its text. */
export function flagsOf(command: Command): Record<string, string> {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  return Object.fromEntries(
    given.map((option) => [
      option.long?.slice(2) ?? '',
      String(command.getOptionValue(option.attributeName())),
    ]),
  );
}

import {describeConfig, loadConfig} from '@sandglass/server/config';
import {Command} from 'commander';
import {flagsOf, withSettings} from './serve.ts';

export function configCommand(): Command {
  return withSettings(new Command('config'))
    .addHelpText('after', '\nExample:\n  SANDGLASS_PORT=8080 sandglass config')
    .action(async (_, command: Command) => {
      const loaded = await loadConfig({flags: flagsOf(command), env: process.env, cwd: process.cwd()});
      process.stdout.write(`${describeConfig(loaded).join('\n')}\n`);
      process.stdout.write(`\nfile: ${loaded.filePath ?? 'none'}\n`);
    });
}

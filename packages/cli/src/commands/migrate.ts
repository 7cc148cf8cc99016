import {loadConfig} from '@sandglass/server/config';
import {Command} from 'commander';
import {flagsOf, withSettings} from './serve.ts';

/** Brings the database of `store.*` up to date without serving: before new versions of servers are started over it. */
export function migrateCommand(): Command {
  return withSettings(new Command('migrate'))
    .addHelpText(
      'after',
      '\nExample:\n  SANDGLASS_STORE_KIND=postgres SANDGLASS_STORE_URL=postgresql://… sandglass migrate',
    )
    .action(async (_, command: Command) => {
      const {config} = await loadConfig({flags: flagsOf(command), env: process.env, cwd: process.cwd()});
      const {migrateStore} = await import('@sandglass/server');
      process.stdout.write(`${await migrateStore(config)}\n`);
    });
}

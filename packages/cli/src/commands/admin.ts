import {mkdir} from 'node:fs/promises';
import {createInterface} from 'node:readline/promises';
import {openAccounts} from '@sandglass/server/accounts';
import {loadConfig} from '@sandglass/server/config';
import {Command, Option} from 'commander';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {flagsOf, withSettings} from './serve.ts';

const EXAMPLES = `
These work on the database of accounts directly, also while the server runs.

Examples:
  sandglass admin create ada < password-file
  sandglass admin reset-password ada
  sandglass admin invite`;

export function adminCommand(): Command {
  const admin = new Command('admin').addHelpText('after', EXAMPLES);
  admin.addCommand(
    withSettings(new Command('create'), ['role'])
      .description('Make an account; its password is the first line of standard input.')
      .argument('<username>')
      .addOption(new Option('--role <role>', 'what it may do').choices(['admin', 'member']).default('admin'))
      .action(async (username: string, {role}: {role: 'admin' | 'member'}, command: Command) => {
        const password = await firstLine();
        await withAccounts(command, async ({identity}) => {
          await identity.create({username, password, name: undefined, email: undefined}, role);
          process.stdout.write(`Made the account ${username} (${role}).\n`);
        });
      }),
  );
  admin.addCommand(
    withSettings(new Command('reset-password'))
      .description('Print a token with which a user sets a new password, once, within an hour.')
      .argument('<username>')
      .action(async (username: string, _, command: Command) => {
        await withAccounts(command, async ({identity, users}) => {
          const user = await users.findByName(username);
          if (user === null) throw new CliError(EXIT_CODES.unavailable, `There is no user "${username}".`);
          process.stdout.write(`#/reset-password/${await identity.resetToken(user.id)}\n`);
        });
      }),
  );
  admin.addCommand(
    withSettings(new Command('invite'), ['role'])
      .description('Print an invitation, with which one person signs up within a week.')
      .addOption(
        new Option('--role <role>', 'what the account may do').choices(['admin', 'member']).default('member'),
      )
      .action(async ({role}: {role: 'admin' | 'member'}, command: Command) => {
        await withAccounts(command, async ({invitations}) => {
          const expiresAtMs = Date.now() + 7 * 24 * 60 * 60 * 1000;
          process.stdout.write(
            `#/sign-up/${await invitations.create('command line', {role, expiresAtMs})}\n`,
          );
        });
      }),
  );
  return admin;
}

type Accounts = Awaited<ReturnType<typeof openAccounts>>['accounts'];

async function withAccounts(command: Command, action: (accounts: Accounts) => Promise<void>): Promise<void> {
  const flags = flagsOf(command);
  delete flags.role;
  const {config} = await loadConfig({flags, env: process.env, cwd: process.cwd()});
  await mkdir(config.dataDir, {recursive: true, mode: 0o700});
  await using resources = new AsyncDisposableStack();
  const onFault = (error: unknown) => process.stderr.write(`${error}\n`);
  const {accounts} = await openAccounts(config, {resources, onFault});
  await action(accounts);
}

/** From a terminal or a pipe; never from the command line, which every user of the machine can read. */
async function firstLine(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password: ');
  const lines = createInterface({input: process.stdin, terminal: false});
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
  }
  throw new CliError(EXIT_CODES.usage, 'No password came on standard input.');
}

import {randomBytes} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {Accounts, type Allowance, MemoryLimitStore, RedisLimitStore} from '@sandglass/accounts';
import {type AccountsDatabase, openAccountsDatabase} from '@sandglass/accounts/database';
import {Projects} from '@sandglass/projects';
import {Classroom} from '@sandglass/projects/classroom';
import {SandglassError} from '@sandglass/protocol';
import type {Config} from '../config/config-schema.ts';
import {AccessControl} from './access-control.ts';

export interface OpenAccessOptions {
  /** Gets what has to be closed after the server has stopped. */
  readonly resources: AsyncDisposableStack;
  readonly onFault: (error: unknown) => void;
}

const SECRET_BYTES = 32;
const MIN_SECRET_CHARACTERS = 32;
const DAY_S = 24 * 60 * 60;

/** Opens accounts as configured; null when they are off. Throws `configuration-invalid`, `store-failed`, `schema-too-new`. */
export async function openAccess(config: Config, options: OpenAccessOptions): Promise<AccessControl | null> {
  if (config.accounts.mode === 'off') {
    if (config.doors.includes('system-y-rest'))
      throw new SandglassError(
        'configuration-invalid',
        'Cannot open the door system-y-rest: its clients sign in, but accounts.mode is "off". Choose another mode, or leave the door closed.',
      );
    return null;
  }
  const {accounts, database} = await openAccounts(config, options);
  const projects = await Projects.open(database, config.accounts.projects);
  return new AccessControl({
    accounts,
    projects,
    classroom: new Classroom(database, config.accounts.projects),
    allowsVisitors: config.accounts.visitors,
    publicUrl: publicUrlOf(config),
    secret: await secretOf(config),
  });
}

/** Opens accounts whether or not the server has them switched on: for commands of the administrator. */
export async function openAccounts(
  config: Config,
  {resources, onFault}: OpenAccessOptions,
): Promise<{accounts: Accounts; database: AccountsDatabase}> {
  const {mode, sessionDays, auditRetentionDays, allowance, oidc} = config.accounts;
  const target = sharedDatabaseOf(config) ?? join(config.dataDir, 'accounts.sqlite');
  const database = resources.use(await openAccountsDatabase(target));
  // Processes that share a Redis count limits together.
  const limits = resources.use(
    config.queue.kind === 'redis' ? await RedisLimitStore.open(config.queue.url) : new MemoryLimitStore(),
  );
  const {discoveryUrl, clientId, clientSecret, newUsers} = oidc;
  const accounts = resources.use(
    await Accounts.open(database, limits, {
      signUp: mode === 'off' ? 'closed' : mode,
      publicUrl: publicUrlOf(config),
      secret: await secretOf(config),
      sessionSeconds: sessionDays * DAY_S,
      oidc: discoveryUrl === '' ? null : {discoveryUrl, clientId, clientSecret, allowsNewUsers: newUsers},
      defaultAllowance: allowanceOf(allowance),
      auditRetentionDays,
      onFault,
    }),
  );
  return {accounts, database};
}

/** Where runs are shared, accounts are too, unless they have a database of their own. Null: a file of this process. */
function sharedDatabaseOf({accounts: {database}, store}: Config): string | null {
  if (database !== '') return database;
  return store.kind === 'postgres' ? store.url : null;
}

function publicUrlOf({accounts: {publicUrl, oidc}}: Config): string | null {
  if (publicUrl === '') {
    if (oidc.discoveryUrl !== '')
      throw invalid(
        'accounts.publicUrl is not set, but the OpenID provider has to send browsers back somewhere',
      );
    return null;
  }
  const url = URL.parse(publicUrl);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/')
    throw invalid(`accounts.publicUrl is "${publicUrl}" but must be http:// or https:// and a host`);
  return url.origin;
}

function allowanceOf(bounds: Config['accounts']['allowance']): Allowance {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value > 0));
}

/** The operator's, or one that is made on the first start and readable by the server's user only. */
async function secretOf(config: Config): Promise<string> {
  const {secret} = config.accounts;
  if (secret.length >= MIN_SECRET_CHARACTERS) return secret;
  if (secret !== '')
    throw invalid(`accounts.secret has ${secret.length} characters but needs ${MIN_SECRET_CHARACTERS}`);
  if (sharedDatabaseOf(config) !== null)
    throw invalid(
      'accounts.secret is not set, but every process that shares the database of accounts must have the same one',
    );
  const path = join(config.dataDir, 'accounts.secret');
  const made = randomBytes(SECRET_BYTES).toString('base64url');
  try {
    await writeFile(path, made, {flag: 'wx', mode: 0o600});
    return made;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return (await readFile(path, 'utf8')).trim();
    throw invalid(`${path} cannot be written: ${error}`);
  }
}

function invalid(reason: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot open accounts: ${reason}.`);
}

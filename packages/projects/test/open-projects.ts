import {Accounts, MemoryLimitStore} from '@sandglass/accounts';
import {openAccountsDatabase} from '@sandglass/accounts/database';
import {Projects} from '@sandglass/projects';
import {Classroom} from '@sandglass/projects/classroom';

export interface OpenedProjects extends AsyncDisposable {
  readonly projects: Projects;
  readonly classroom: Classroom;
  /** Of the user `ada`. */
  readonly userId: string;
  /** Id of a user of this name, made when there is none. */
  user(username: string): Promise<string>;
}

/** Projects over a database, as a server opens them. */
export async function openProjects(target: string): Promise<OpenedProjects> {
  await using resources = new AsyncDisposableStack();
  const database = resources.use(await openAccountsDatabase(target));
  const accounts = resources.use(
    await Accounts.open(database, new MemoryLimitStore(), {
      signUp: 'open',
      publicUrl: null,
      secret: 'a secret for tests, long enough for a signature',
      sessionSeconds: 3600,
      oidc: null,
      defaultAllowance: {},
      auditRetentionDays: 1,
      onFault: (error) => {
        throw error;
      },
    }),
  );
  const bounds = {maxCount: 10, maxBytes: 10_000};
  const projects = await Projects.open(database, bounds);
  const user = async (username: string) => {
    const known = await accounts.users.findByName(username);
    const input = {username, password: 'correct horse battery', name: undefined, email: undefined};
    return (known ?? (await accounts.identity.create(input, 'member'))).id;
  };
  const userId = await user('ada');
  const owned = resources.move();
  const classroom = new Classroom(database, bounds);
  return {projects, classroom, userId, user, [Symbol.asyncDispose]: () => owned.disposeAsync()};
}

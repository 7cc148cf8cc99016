import {SandglassClient} from '@sandglass/client';
import {Account} from '../account/account.ts';
import {readLastWorkspace} from '../history/kept-workspace.ts';
import {ServerLink} from '../live/server-link.ts';
import {starterWorkspace} from '../workspace/starter.ts';
import {Playground} from './playground.ts';

/** What a new visitor sees, where it is available. */
const FIRST_LANGUAGE = 'python';

/** Asks the server what it can and brings back what was being edited. Throws what the client throws. */
export async function boot(): Promise<{playground: Playground; account: Account | null}> {
  const link = new ServerLink();
  const client = new SandglassClient({baseUrl: location.origin, fetch: link.fetch});
  const [languages, {limits, accounts}] = await Promise.all([client.languages(), client.info()]);
  const account = accounts ? new Account(link) : null;
  await account?.refresh();
  const available = languages.filter((language) => language.available);
  const first = available.find(({id}) => id === FIRST_LANGUAGE) ?? available[0] ?? languages[0];
  if (first === undefined) throw new Error('The server knows no language.');
  const workspace = readLastWorkspace(localStorage) ?? starterWorkspace(first);
  const playground = new Playground({client, link, languages, limits, workspace, storage: localStorage});
  await playground.openShared(location.hash);
  return {playground, account};
}

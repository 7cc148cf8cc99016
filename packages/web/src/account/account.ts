import {type AccountState, AccountsClient, ApiError, ClassroomClient} from '@sandglass/client';
import {createContext, useContext} from 'react';
import type {ServerLink} from '../live/server-link.ts';
import {Store, useStore} from '../state/store.ts';

/** Who is signed in, for the whole page. Null state: the server has no accounts. */
export class Account {
  readonly client: AccountsClient;
  readonly classroom: ClassroomClient;
  readonly state = new Store<AccountState | null>(null);

  constructor(link: ServerLink) {
    const options = {baseUrl: location.origin, fetch: link.fetch};
    this.client = new AccountsClient(options);
    this.classroom = new ClassroomClient(options);
  }

  /** Asks the server again. */
  async refresh(): Promise<void> {
    const state = await this.client.state();
    this.state.update(() => state);
  }

  async signOut(): Promise<void> {
    await this.client.signOut();
    await this.refresh();
  }
}

export const AccountContext = createContext<Account | null>(null);

/** The account of the page; null while the server is being asked, and where it has none. */
export function useAccount(): Account | null {
  return useContext(AccountContext);
}

const NOTHING = new Store<AccountState | null>(null);

export function useAccountState(): AccountState | null {
  const account = useAccount();
  return useStore(account?.state ?? NOTHING, (state) => state);
}

/** What to tell a person about an error. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

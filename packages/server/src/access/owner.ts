import type {Principal} from '@sandglass/accounts';
import {signInFirst} from './access.ts';

/** Whose runs these are while the server knows no accounts: the machine's user. */
export const LOCAL_OWNER = 'local';

/** Under whose name runs of this principal are kept; what another owner has does not exist for it. Throws `unauthorized`. */
export function ownerOf(principal: Principal): string {
  switch (principal.kind) {
    case 'local':
      return LOCAL_OWNER;
    case 'visitor':
      return `visitor:${principal.visitorId}`;
    case 'user':
    case 'key':
      return principal.user.id;
    case 'nobody':
      throw signInFirst();
    default:
      return principal satisfies never;
  }
}

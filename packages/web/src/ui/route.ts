/** Which page the address names; its fragment is for the page alone and reaches no server. */
export type Route =
  | {readonly kind: 'playground'}
  | {readonly kind: 'status'}
  | {readonly kind: 'sign-in'}
  | {readonly kind: 'sign-up'; readonly invitation: string | null}
  | {readonly kind: 'reset-password'; readonly token: string}
  | {readonly kind: 'projects'}
  | {readonly kind: 'project'; readonly id: string; readonly link: string | null}
  | {readonly kind: 'keys'}
  | {readonly kind: 'usage'}
  | {readonly kind: 'account'}
  | {readonly kind: 'admin'};

/** What is not known shows the playground, which also has fragments of its own (shared code). */
export function routeOf(hash: string): Route {
  const [page = '', first = null, second = null] = hash.replace(/^#\//, '').split('/');
  switch (hash.startsWith('#/') ? page : '') {
    case 'status':
    case 'sign-in':
    case 'keys':
    case 'usage':
    case 'account':
    case 'admin':
      return {kind: page} as Exclude<Route, {kind: 'sign-up' | 'reset-password' | 'project'}>;
    case 'sign-up':
      return {kind: 'sign-up', invitation: first};
    case 'reset-password':
      return first === null ? {kind: 'sign-in'} : {kind: 'reset-password', token: first};
    case 'projects':
      // Ids go into addresses of the server, so only what is one is taken.
      return first !== null && /^[0-9a-f-]{36}$/.test(first)
        ? {kind: 'project', id: first, link: second}
        : {kind: 'projects'};
    default:
      return {kind: 'playground'};
  }
}

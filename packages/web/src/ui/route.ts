/** Which page the address names; its fragment is for the page alone and reaches no server. */
export type Route =
  | {readonly kind: 'playground'}
  | {readonly kind: 'status'}
  | {readonly kind: 'sign-in'}
  | {readonly kind: 'sign-up'; readonly invitation: string | null}
  | {readonly kind: 'reset-password'; readonly token: string}
  | {readonly kind: 'projects'}
  | {readonly kind: 'project'; readonly id: string; readonly link: string | null}
  | {readonly kind: 'groups'; readonly code: string | null}
  | {readonly kind: 'group'; readonly id: string}
  | {readonly kind: 'assignment'; readonly id: string}
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
      return {kind: page} as Exclude<
        Route,
        {kind: 'sign-up' | 'reset-password' | 'project' | 'groups' | 'group' | 'assignment'}
      >;
    case 'sign-up':
      return {kind: 'sign-up', invitation: first};
    case 'reset-password':
      return first === null ? {kind: 'sign-in'} : {kind: 'reset-password', token: first};
    case 'projects':
      return isId(first) ? {kind: 'project', id: first, link: second} : {kind: 'projects'};
    case 'groups':
      if (first === 'join') return {kind: 'groups', code: second};
      return isId(first) ? {kind: 'group', id: first} : {kind: 'groups', code: null};
    case 'assignments':
      return isId(first) ? {kind: 'assignment', id: first} : {kind: 'groups', code: null};
    default:
      return {kind: 'playground'};
  }
}

/** Ids go into addresses of the server, so only what is one is taken. */
function isId(text: string | null): text is string {
  return text !== null && /^[0-9a-f-]{36}$/.test(text);
}

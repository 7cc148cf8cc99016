import type {AccountState} from '@sandglass/client';
import type {ReactNode} from 'react';
import {useAccountState} from '../account/account.ts';
import {Icon, type IconName} from './Icon.tsx';
import {Logo} from './Logo.tsx';
import {ThemeToggle} from './ThemeToggle.tsx';

export type Page =
  | 'playground'
  | 'status'
  | 'projects'
  | 'groups'
  | 'keys'
  | 'usage'
  | 'admin'
  | 'account'
  | 'sign-in';

interface PageLink {
  readonly page: Page;
  readonly name: string;
  readonly href: string;
  readonly icon: IconName;
}

const PAGES: readonly PageLink[] = [
  {page: 'playground', name: 'Playground', href: '#/', icon: 'code'},
  {page: 'status', name: 'Status', href: '#/status', icon: 'chart'},
];

const MEMBER_PAGES: readonly PageLink[] = [
  {page: 'projects', name: 'Projects', href: '#/projects', icon: 'folder'},
  {page: 'groups', name: 'Groups', href: '#/groups', icon: 'cap'},
  {page: 'keys', name: 'Keys', href: '#/keys', icon: 'key'},
  {page: 'usage', name: 'Usage', href: '#/usage', icon: 'bars'},
];
const ADMIN_PAGE: PageLink = {page: 'admin', name: 'Admin', href: '#/admin', icon: 'people'};

function pagesFor(state: AccountState | null): readonly PageLink[] {
  if (state?.user == null) return PAGES;
  return [...PAGES, ...MEMBER_PAGES, ...(state.user.role === 'admin' ? [ADMIN_PAGE] : [])];
}

/** The head of every page; `children` are the page's own buttons. */
export function TopBar({page, children}: {page: Page; children?: ReactNode}) {
  const state = useAccountState();
  return (
    <header className="flex items-center gap-1 border-b border-line bg-panel px-3 py-1.5 sm:gap-2 sm:px-4">
      <Logo />
      <h1 className="mr-1 text-[15px] font-semibold tracking-tight sm:mr-3">Sandglass</h1>
      <nav aria-label="Pages" className="flex gap-0.5">
        {pagesFor(state).map(({page: other, name, href, icon}) => (
          <a
            key={other}
            href={href}
            aria-current={other === page ? 'page' : undefined}
            className={`inline-flex h-9 items-center gap-1.5 rounded-lg px-2.5 ${other === page ? 'bg-raised font-medium text-ink' : 'text-soft hover:text-ink'}`}
          >
            <Icon name={icon} />
            <span className="max-lg:sr-only">{name}</span>
          </a>
        ))}
      </nav>
      <div className="ml-auto flex items-center gap-0.5">
        {children}
        <ThemeToggle />
        {state === null ? null : <Who state={state} />}
      </div>
    </header>
  );
}

/** Who is signed in, or the way to sign in. */
function Who({state: {user}}: {state: AccountState}) {
  return (
    <a
      href={user === null ? '#/sign-in' : '#/account'}
      title={user === null ? 'Sign in' : 'Account'}
      className="ml-1 inline-flex h-9 max-w-36 items-center truncate rounded-lg border border-line px-3 hover:bg-raised"
    >
      {user === null ? 'Sign in' : <bdi>{user.name}</bdi>}
    </a>
  );
}

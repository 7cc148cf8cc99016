import type {ReactNode} from 'react';
import {Icon, type IconName} from './Icon.tsx';
import {Logo} from './Logo.tsx';
import {ThemeToggle} from './ThemeToggle.tsx';

export type Page = 'playground' | 'status';

const PAGES: readonly {
  readonly page: Page;
  readonly name: string;
  readonly href: string;
  readonly icon: IconName;
}[] = [
  {page: 'playground', name: 'Playground', href: '#/', icon: 'code'},
  {page: 'status', name: 'Status', href: '#/status', icon: 'chart'},
];

/** The head of every page; `children` are the page's own buttons. */
export function TopBar({page, children}: {page: Page; children?: ReactNode}) {
  return (
    <header className="flex items-center gap-1 border-b border-line bg-panel px-3 py-1.5 sm:gap-2 sm:px-4">
      <Logo />
      <h1 className="mr-1 text-[15px] font-semibold tracking-tight sm:mr-3">Sandglass</h1>
      <nav aria-label="Pages" className="flex gap-0.5">
        {PAGES.map(({page: other, name, href, icon}) => (
          <a
            key={other}
            href={href}
            aria-current={other === page ? 'page' : undefined}
            className={`inline-flex h-9 items-center gap-1.5 rounded-lg px-2.5 ${other === page ? 'bg-raised font-medium text-ink' : 'text-soft hover:text-ink'}`}
          >
            <Icon name={icon} />
            <span className="max-sm:sr-only">{name}</span>
          </a>
        ))}
      </nav>
      <div className="ml-auto flex items-center gap-0.5">
        {children}
        <ThemeToggle />
      </div>
    </header>
  );
}

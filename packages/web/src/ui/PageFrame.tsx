import type {ReactNode} from 'react';
import type {Loaded} from '../account/use-loaded.ts';
import {type Page, TopBar} from './TopBar.tsx';

/** A page that is read rather than worked on: head, title, contents. */
export function PageFrame({
  page,
  title,
  aside,
  children,
}: {
  page: Page;
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex h-full flex-col">
      <TopBar page={page} />
      <main className="mx-auto w-full max-w-5xl flex-1 overflow-auto p-3 sm:p-5">
        <header className="mb-4 flex flex-wrap items-center gap-2">
          <h2 className="mr-auto text-lg font-semibold tracking-tight">{title}</h2>
          {aside}
        </header>
        {children}
      </main>
    </div>
  );
}

export function Panel({title, children}: {title: string; children: ReactNode}) {
  return (
    <section aria-label={title} className="mb-4 rounded-xl border border-line bg-panel p-4">
      <h3 className="mb-3 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** What is loaded, or a word about why it is not there. */
export function Shown<Value>({
  loaded,
  children,
}: {
  loaded: Loaded<Value>;
  children: (value: Value) => ReactNode;
}) {
  if (loaded.kind === 'ready') return children(loaded.value);
  return (
    <p role="status" className={loaded.kind === 'failed' ? 'text-bad' : 'text-soft'}>
      {loaded.kind === 'failed' ? loaded.message : 'Loading …'}
    </p>
  );
}

/** A table with a caption for screen readers; cells are text or nodes. */
export function DataTable({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: readonly string[];
  rows: readonly {readonly key: string; readonly cells: readonly ReactNode[]}[];
}) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-xs text-soft">
            {head.map((name) => (
              <th key={name} scope="col" className="px-2 py-1.5 font-medium whitespace-nowrap">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({key, cells}) => (
            <tr key={key} className="border-b border-line last:border-0">
              {cells.map((cell, index) => (
                <td key={head[index]} className="px-2 py-2">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

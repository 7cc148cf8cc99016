import {lazy, Suspense, useEffect, useState, useSyncExternalStore} from 'react';
import {type Account, AccountContext} from '../account/account.ts';
import {PlaygroundPage} from '../panels/PlaygroundPage.tsx';
import {boot} from '../state/boot.ts';
import type {Playground} from '../state/playground.ts';
import {Button} from './Button.tsx';
import {Logo} from './Logo.tsx';
import {Pages} from './Pages.tsx';
import {routeOf} from './route.ts';

const StatusPage = lazy(() => import('../status/StatusPage.tsx'));

type Start =
  | {readonly kind: 'loading'}
  | {readonly kind: 'ready'; readonly playground: Playground; readonly account: Account | null}
  | {readonly kind: 'failed'; readonly message: string};

/** Chooses the page. The playground stays in place behind the others, so a run goes on meanwhile. */
export function App() {
  const [start, setStart] = useState<Start>({kind: 'loading'});
  const [tries, setTries] = useState(0);
  const hash = useHash();
  const account = start.kind === 'ready' ? start.account : null;
  const asked = routeOf(hash);
  // A server without accounts has none of the other pages.
  const route = account === null && asked.kind !== 'status' ? ({kind: 'playground'} as const) : asked;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each try starts anew.
  useEffect(() => {
    setStart({kind: 'loading'});
    boot().then(
      (ready) => setStart({kind: 'ready', ...ready}),
      (error: unknown) =>
        setStart({kind: 'failed', message: error instanceof Error ? error.message : String(error)}),
    );
  }, [tries]);

  return (
    <AccountContext value={account}>
      {route.kind === 'status' ? (
        <Suspense>
          <StatusPage />
        </Suspense>
      ) : null}
      {start.kind === 'ready' &&
      account !== null &&
      route.kind !== 'playground' &&
      route.kind !== 'status' ? (
        <Pages route={route} account={account} playground={start.playground} />
      ) : null}
      <div hidden={route.kind !== 'playground'} className="h-full">
        {start.kind === 'ready' ? (
          <PlaygroundPage playground={start.playground} isShown={route.kind === 'playground'} />
        ) : (
          <StartScreen start={start} onRetry={() => setTries(tries + 1)} />
        )}
      </div>
    </AccountContext>
  );
}

function StartScreen({start, onRetry}: {start: Exclude<Start, {kind: 'ready'}>; onRetry: () => void}) {
  return (
    <main className="flex h-full flex-col items-center justify-center gap-4 p-6 text-center">
      <Logo />
      <p role="status" className="max-w-md text-soft">
        {start.kind === 'loading' ? 'Asking the server what it can run …' : start.message}
      </p>
      {start.kind === 'failed' ? <Button onClick={onRetry}>Try again</Button> : null}
    </main>
  );
}

function useHash(): string {
  return useSyncExternalStore(
    (listener) => {
      addEventListener('hashchange', listener);
      return () => removeEventListener('hashchange', listener);
    },
    () => location.hash,
  );
}

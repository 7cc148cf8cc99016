import {lazy, Suspense, useEffect, useState, useSyncExternalStore} from 'react';
import {PlaygroundPage} from '../panels/PlaygroundPage.tsx';
import {boot} from '../state/boot.ts';
import type {Playground} from '../state/playground.ts';
import {Button} from './Button.tsx';
import {Logo} from './Logo.tsx';

const StatusPage = lazy(() => import('../status/StatusPage.tsx'));

type Start =
  | {readonly kind: 'loading'}
  | {readonly kind: 'ready'; readonly playground: Playground}
  | {readonly kind: 'failed'; readonly message: string};

/** Chooses the page. The playground stays in place behind the status page, so a run goes on meanwhile. */
export function App() {
  const [start, setStart] = useState<Start>({kind: 'loading'});
  const [tries, setTries] = useState(0);
  const isStatus = useHash().startsWith('#/status');

  // biome-ignore lint/correctness/useExhaustiveDependencies: each try starts anew.
  useEffect(() => {
    setStart({kind: 'loading'});
    boot().then(
      (playground) => setStart({kind: 'ready', playground}),
      (error: unknown) =>
        setStart({kind: 'failed', message: error instanceof Error ? error.message : String(error)}),
    );
  }, [tries]);

  return (
    <>
      {isStatus ? (
        <Suspense>
          <StatusPage />
        </Suspense>
      ) : null}
      <div hidden={isStatus} className="h-full">
        {start.kind === 'ready' ? (
          <PlaygroundPage playground={start.playground} />
        ) : (
          <StartScreen start={start} onRetry={() => setTries(tries + 1)} />
        )}
      </div>
    </>
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

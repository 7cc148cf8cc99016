import {useCallback, useEffect, useState} from 'react';
import {wordsFor} from './account.ts';

export type Loaded<Value> =
  | {readonly kind: 'loading'}
  | {readonly kind: 'ready'; readonly value: Value}
  | {readonly kind: 'failed'; readonly message: string};

/** Loads when the page is shown and whenever `load` is another function; `again` loads once more, keeping what is shown meanwhile. */
export function useLoaded<Value>(load: () => Promise<Value>): {loaded: Loaded<Value>; again: () => void} {
  const [loaded, setLoaded] = useState<Loaded<Value>>({kind: 'loading'});
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round loads anew.
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setLoaded({kind: 'ready', value}),
      (error: unknown) => isCurrent && setLoaded({kind: 'failed', message: wordsFor(error)}),
    );
    return () => {
      isCurrent = false;
    };
  }, [load, round]);
  return {loaded, again};
}

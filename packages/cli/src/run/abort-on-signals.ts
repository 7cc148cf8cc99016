import {exitCodeOfSignal} from '../exit-codes.ts';

/** Until disposed, the first SIGINT, SIGTERM or SIGHUP aborts `stop` with its name; the second ends the process at once. */
export function abortOnSignals(stop: AbortController): Disposable {
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(exitCodeOfSignal(signal));
    stop.abort(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

import {useEffect, useState} from 'react';
import {readServer, type ServerReading} from './server-reading.ts';

/** Time between two looks. */
export const READ_EVERY_MS = 2000;
/** Five minutes are kept while the page is open. */
const KEPT_READINGS = 150;

export interface Readings {
  /** Oldest first. */
  readonly readings: readonly ServerReading[];
  readonly isReachable: boolean;
}

/** Looks at the server's figures again and again while the page is shown. */
export function useReadings(): Readings {
  const [state, setState] = useState<Readings>({readings: [], isReachable: true});
  useEffect(() => {
    const leaving = new AbortController();
    const read = async () => {
      try {
        const response = await fetch('/metrics', {signal: leaving.signal, cache: 'no-store'});
        const reading = readServer(await response.text(), Date.now());
        setState(({readings}) => ({
          readings: [...readings, reading].slice(-KEPT_READINGS),
          isReachable: response.ok,
        }));
      } catch {
        // No answer is itself what the page has to say.
        if (!leaving.signal.aborted) setState(({readings}) => ({readings, isReachable: false}));
      }
    };
    void read();
    const timer = setInterval(() => void read(), READ_EVERY_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, []);
  return state;
}

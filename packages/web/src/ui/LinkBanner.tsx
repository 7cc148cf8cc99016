import {useEffect, useRef} from 'react';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';

/** Says that the server cannot be reached, and when it can be again. */
export function LinkBanner({playground}: {playground: Playground}) {
  const link = useStore(playground.link.state, (state) => state);
  const previous = useRef(link);
  useEffect(() => {
    if (previous.current === 'lost' && link === 'open') playground.notify('Connected again.');
    previous.current = link;
  }, [link, playground]);

  return (
    <div role="alert">
      {link === 'open' ? null : (
        <p className="bg-warn px-4 py-1.5 text-center font-medium text-panel">
          The server does not answer. Reconnecting<span className="pulse"> …</span>
        </p>
      )}
    </div>
  );
}

import {useEffect} from 'react';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';

/** Long enough to read a sentence twice. */
const SHOWN_MS = 5000;

/** A short message over the page, read out by screen readers. */
export function Notice({playground}: {playground: Playground}) {
  const notice = useStore(playground.state, (state) => state.notice);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => playground.dismissNotice(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice, playground]);

  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-15 z-20 flex justify-center px-4">
      {notice === null ? null : (
        <p className="rounded-full bg-ink px-4 py-2 text-ground shadow-lg">{notice.text}</p>
      )}
    </div>
  );
}

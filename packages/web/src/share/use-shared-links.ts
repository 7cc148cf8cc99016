import {useEffect} from 'react';
import type {Playground} from '../state/playground.ts';
import {isShareFragment} from './share-link.ts';

/**
 * Opens a link that is pasted into the address bar of the open page: it changes only the fragment, and so loads nothing by itself.
 * As soon as something is edited the link leaves the address bar, or else the next reload would bring the old code back.
 */
export function useSharedLinks(playground: Playground): void {
  useEffect(() => {
    const onHashChange = () => void playground.openShared(location.hash);
    let {workspace} = playground.state.value;
    const unsubscribe = playground.state.subscribe(() => {
      if (playground.state.value.workspace === workspace) return;
      ({workspace} = playground.state.value);
      if (isShareFragment(location.hash)) history.replaceState(null, '', '#/');
    });
    addEventListener('hashchange', onHashChange);
    return () => {
      removeEventListener('hashchange', onHashChange);
      unsubscribe();
    };
  }, [playground]);
}

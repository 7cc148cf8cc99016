import type {Playground} from '../state/playground.ts';
import {toShareFragment} from './share-link.ts';

/** Puts a link that holds the workspace into the address bar and, where the browser allows it, on the clipboard. */
export async function shareWorkspace(playground: Playground): Promise<void> {
  const fragment = await toShareFragment(playground.state.value.workspace);
  history.replaceState(null, '', fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    playground.notify('Link copied. It holds the code itself; nothing is stored on the server.');
  } catch {
    // Not allowed, or no clipboard on a page without HTTPS.
    playground.notify(
      'The link is in the address bar. It holds the code itself; nothing is stored on the server.',
    );
  }
}

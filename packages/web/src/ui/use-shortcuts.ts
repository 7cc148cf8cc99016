import {useEffect} from 'react';

/** Keys of the page, also listed in the help window. `Mod` is Command on Apple's keyboards and Control elsewhere. */
export const SHORTCUTS = [
  {name: 'run', keys: 'Mod+Enter', words: 'Run the program'},
  {name: 'stop', keys: 'Esc', words: 'Stop it (in the terminal, Esc goes to the program: use Shift+Esc)'},
  {name: 'share', keys: 'Mod+S', words: 'Make a link that holds the code'},
  {name: 'history', keys: 'Mod+Shift+H', words: 'Open an earlier run'},
  {name: 'help', keys: 'F1', words: 'Show these keys'},
] as const;

export type ShortcutName = (typeof SHORTCUTS)[number]['name'];

/** Listens on the whole page, before the editor and the terminal see the key. */
export function useShortcuts(actions: Readonly<Record<ShortcutName, () => void>>, isShown: boolean): void {
  useEffect(() => {
    if (!isShown) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const name = shortcutOf(event);
      if (name === null) return;
      // Escape keeps its other meanings: it also closes a window or a list of the editor.
      if (name !== 'stop') {
        event.preventDefault();
        event.stopPropagation();
      }
      actions[name]();
    };
    addEventListener('keydown', onKeyDown, {capture: true});
    return () => removeEventListener('keydown', onKeyDown, {capture: true});
  }, [actions, isShown]);
}

function shortcutOf(event: KeyboardEvent): ShortcutName | null {
  const isMod = event.ctrlKey || event.metaKey;
  if (event.key === 'F1') return 'help';
  if (event.key === 'Escape') return isForTerminal(event) || isInDialog(event) ? null : 'stop';
  if (!isMod) return null;
  if (event.key === 'Enter') return 'run';
  const key = event.key.toLowerCase();
  if (key === 's' && !event.shiftKey && !isForTerminal(event)) return 'share';
  return key === 'h' && event.shiftKey ? 'history' : null;
}

/** A program in the terminal has a use for these keys itself. */
function isForTerminal({target, shiftKey}: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('.xterm') !== null && !shiftKey;
}

function isInDialog({target}: KeyboardEvent): boolean {
  return target instanceof Element && target.closest('dialog') !== null;
}

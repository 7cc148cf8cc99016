import type {Terminal} from '@xterm/xterm';

/**
 * Operating system commands that would reach beyond the terminal: window title and icon (0–2), links (8), colours of the
 * page's theme (4, 10–12, 104, 110–112), clipboard (52), notifications (9, 99, 777) and files (1337).
 */
const REFUSED_OSC = [0, 1, 2, 4, 8, 9, 10, 11, 12, 52, 99, 104, 110, 111, 112, 777, 1337];

/** Swallows what a hostile program could send to do more than write characters. Source: XTerm Control Sequences, "Operating System Commands". */
export function makeHarmless(terminal: Terminal): void {
  for (const code of REFUSED_OSC) terminal.parser.registerOscHandler(code, () => true);
}

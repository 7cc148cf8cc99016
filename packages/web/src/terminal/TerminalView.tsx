import {FitAddon} from '@xterm/addon-fit';
import {Terminal} from '@xterm/xterm';
import {useEffect, useRef} from 'react';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {theme} from '../state/theme.ts';
import {pageNonce} from '../ui/page-nonce.ts';
import {makeHarmless} from './make-harmless.ts';
import {TERMINAL_THEMES} from './terminal-theme.ts';
import {withStyleNonce} from './with-style-nonce.ts';

/** Lines that can be scrolled back to. */
const SCROLLBACK_LINES = 5000;

/**
 * RIS, and DECTCEM on, which RIS leaves alone here. As escape sequences they keep their place behind what is still to be
 * drawn.
 */
const RESET = '\u001bc\u001b[?25h';
/** DECTCEM off. A cursor promises that one can type. */
const HIDE_CURSOR = '\u001b[?25l';

/** The terminal: the only place where escape sequences of a program mean anything. */
export function TerminalView({playground, isActive}: {playground: Playground; isActive: boolean}) {
  const host = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | null>(null);
  const scheme = useStore(theme, (value) => value.scheme);

  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    const xterm = new Terminal({
      theme: TERMINAL_THEMES[theme.value.scheme],
      fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
      fontSize: 13,
      lineHeight: 1.35,
      scrollback: SCROLLBACK_LINES,
      disableStdin: true,
      cursorInactiveStyle: 'none',
    });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    makeHarmless(xterm);
    withStyleNonce(pageNonce(), () => xterm.open(parent));
    xterm.textarea?.setAttribute('aria-label', 'Terminal: type to the program');
    terminal.current = xterm;
    const refit = () => {
      if (parent.clientWidth > 0) fit.fit();
    };
    const observer = new ResizeObserver(refit);
    observer.observe(parent);
    // The cell size is measured with the font that is there, so it is measured again once the real one is.
    void document.fonts.load('13px "JetBrains Mono Variable"').then(() => {
      xterm.options.fontFamily = '"JetBrains Mono Variable", monospace';
      refit();
    });
    xterm.onData((data) => playground.type(data));
    xterm.onResize(({cols, rows}) => playground.resizeTerminal({columns: cols, rows}));
    const detach = playground.feed.attach({
      write: (bytes) => xterm.write(bytes),
      reset: () => xterm.write(RESET),
      size: () => ({columns: xterm.cols, rows: xterm.rows}),
    });
    return () => {
      detach();
      observer.disconnect();
      xterm.dispose();
    };
  }, [playground]);

  useEffect(() => {
    const xterm = terminal.current;
    if (xterm === null) return;
    xterm.options.disableStdin = !isActive;
    if (isActive) xterm.focus();
    else xterm.write(HIDE_CURSOR);
  }, [isActive]);

  useEffect(() => {
    if (terminal.current !== null) terminal.current.options.theme = TERMINAL_THEMES[scheme];
  }, [scheme]);

  return <section ref={host} className="h-full min-h-0 overflow-hidden px-3 pt-2" aria-label="Terminal" />;
}

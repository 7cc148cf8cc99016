import {EditorView} from '@codemirror/view';

/** How the editor looks; colours come from the page's variables, so light and dark need no second theme. */
export const editorTheme = EditorView.theme({
  // Without ligatures: code shows the characters that were typed, "!=" included.
  '.cm-scroller': {fontFamily: 'var(--font-mono)', fontVariantLigatures: 'none', lineHeight: '1.6'},
  '.cm-content': {padding: '10px 0', caretColor: 'var(--accent)'},
  '.cm-gutters': {background: 'transparent', color: 'var(--soft)', border: 'none', paddingLeft: '6px'},
  '.cm-lineNumbers .cm-gutterElement': {padding: '0 8px 0 6px', minWidth: '2.2em'},
  '.cm-activeLine': {background: 'color-mix(in srgb, var(--accent) 6%, transparent)'},
  '.cm-activeLineGutter': {background: 'transparent', color: 'var(--ink)'},
  '.cm-cursor': {borderLeftColor: 'var(--accent)', borderLeftWidth: '2px'},
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 24%, transparent)',
  },
  '.cm-matchingBracket': {background: 'color-mix(in srgb, var(--good) 22%, transparent)'},
  '.cm-tooltip, .cm-panels': {
    background: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
  },
  '.cm-diagnostic': {fontFamily: 'var(--font-sans)', padding: '6px 10px', whiteSpace: 'pre-wrap'},
  '.cm-diagnostic-error': {borderLeft: '3px solid var(--bad)'},
  '.cm-diagnostic-warning': {borderLeft: '3px solid var(--warn)'},
  '.cm-diagnostic-info': {borderLeft: '3px solid var(--calm)'},
  '.cm-lintRange-error': {backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)'},
  '.cm-lintRange-warning': {backgroundImage: 'none', textDecoration: 'underline wavy var(--warn)'},
  '.cm-gutter-lint': {width: '0.9em'},
  '.cm-lint-marker': {width: '8px', height: '8px', marginTop: '0.5em', borderRadius: '50%'},
  '.cm-lint-marker-error': {content: 'none', background: 'var(--bad)'},
  '.cm-lint-marker-warning': {content: 'none', background: 'var(--warn)'},
  '.cm-lint-marker-info': {content: 'none', background: 'var(--calm)'},
});

import {autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap} from '@codemirror/autocomplete';
import {defaultKeymap, history, historyKeymap, indentWithTab} from '@codemirror/commands';
import {bracketMatching, indentOnInput, indentUnit, syntaxHighlighting} from '@codemirror/language';
import {lintGutter, setDiagnostics} from '@codemirror/lint';
import {highlightSelectionMatches, searchKeymap} from '@codemirror/search';
import {Compartment, EditorState, Prec} from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import {classHighlighter} from '@lezer/highlight';
import type {Diagnostic} from '@sandglass/protocol';
import {useEffect, useRef} from 'react';
import {pageNonce} from '../ui/page-nonce.ts';
import {editorTheme} from './editor-theme.ts';
import {loadLanguageSupport} from './language-support.ts';
import {placeDiagnostics} from './place-diagnostics.ts';

interface CodeEditorProps {
  readonly path: string;
  readonly content: string;
  readonly language: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly onChange: (content: string) => void;
}

/** The editor of one file. Give it the file's path as `key`: each file has its own cursor and undo history. */
export function CodeEditor({path, content, language, diagnostics, onChange}: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const syntax = useRef(new Compartment());
  const change = useRef(onChange);
  change.current = onChange;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; later contents arrive below.
  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    const onUpdate = EditorView.updateListener.of((update) => {
      if (update.docChanged) change.current(update.state.doc.toString());
    });
    const state = EditorState.create({
      doc: content,
      extensions: [...EXTENSIONS, syntax.current.of([]), onUpdate],
    });
    const editor = new EditorView({state, parent});
    editor.contentDOM.setAttribute('aria-label', `Code of ${path}`);
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === content) return;
    editor.dispatch({changes: {from: 0, to: editor.state.doc.length, insert: content}});
  }, [content]);

  useEffect(() => {
    let isCurrent = true;
    void loadLanguageSupport(language).then((support) => {
      if (isCurrent) view.current?.dispatch({effects: syntax.current.reconfigure(support ?? [])});
    });
    return () => {
      isCurrent = false;
    };
  }, [language]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(setDiagnostics(editor.state, placeDiagnostics(editor.state.doc, path, diagnostics)));
  }, [path, diagnostics]);

  return <div ref={host} className="h-full min-h-0 overflow-hidden" />;
}

const nonce = pageNonce();

const EXTENSIONS = [
  ...(nonce === null ? [] : [EditorView.cspNonce.of(nonce)]),
  // The page's own shortcuts win over the editor's.
  Prec.highest(keymap.of([{key: 'Mod-Enter', run: () => true}])),
  lineNumbers(),
  lintGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  indentUnit.of('    '),
  bracketMatching(),
  closeBrackets(),
  autocompletion({activateOnTyping: false}),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  syntaxHighlighting(classHighlighter),
  EditorView.lineWrapping,
  editorTheme,
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    indentWithTab,
  ]),
];

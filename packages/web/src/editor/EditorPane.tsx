import type {Diagnostic} from '@sandglass/protocol';
import type {Playground, PlaygroundState} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {editFile} from '../workspace/files.ts';
import {CodeEditor} from './CodeEditor.tsx';
import {FileTabs} from './FileTabs.tsx';

/** The files and the one that is open. */
export function EditorPane({playground}: {playground: Playground}) {
  const workspace = useStore(playground.state, (state) => state.workspace);
  const diagnostics = useStore(playground.state, diagnosticsOf);
  const active = workspace.files.find(({path}) => path === workspace.activePath);
  return (
    <section
      aria-label="Code"
      className="flex h-full min-h-0 flex-col overflow-hidden rounded-xl border border-line bg-panel"
    >
      <FileTabs playground={playground} workspace={workspace} />
      <div className="min-h-0 flex-1" id="editor">
        {active === undefined ? null : (
          <CodeEditor
            key={active.path}
            path={active.path}
            content={active.content}
            language={workspace.language}
            diagnostics={diagnostics}
            onChange={(content) => playground.change((old) => editFile(old, active.path, content))}
          />
        )}
      </div>
    </section>
  );
}

const NONE: readonly Diagnostic[] = [];

function diagnosticsOf({session}: PlaygroundState): readonly Diagnostic[] {
  return session.kind === 'finished' ? session.run.diagnostics : NONE;
}

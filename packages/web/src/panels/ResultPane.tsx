import {TestsPanel} from '../judge/TestsPanel.tsx';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {TerminalView} from '../terminal/TerminalView.tsx';
import {ArtifactGallery} from './ArtifactGallery.tsx';
import {CompilerOutput} from './CompilerOutput.tsx';
import {InputPanel} from './InputPanel.tsx';
import {ResultBar} from './ResultBar.tsx';

/** What came of it: the terminal, the outputs or the verdicts, and below them how the run ended. */
export function ResultPane({playground}: {playground: Playground}) {
  const mode = useStore(playground.state, ({workspace}) => workspace.mode);
  const session = useStore(playground.state, (state) => state.session);
  return (
    <section
      aria-label="Result"
      className="flex h-full min-h-0 flex-col overflow-hidden rounded-xl border border-line bg-panel"
    >
      <div className="min-h-0 flex-1" hidden={mode !== 'terminal'}>
        <TerminalView playground={playground} isActive={session.kind === 'active' && mode === 'terminal'} />
      </div>
      {mode === 'input' ? <InputPanel playground={playground} session={session} /> : null}
      {mode === 'tests' ? <TestsPanel playground={playground} session={session} /> : null}
      {session.kind === 'idle' ? null : <CompilerOutput session={session} />}
      {session.kind === 'finished' && mode !== 'tests' ? (
        <ArtifactGallery artifacts={session.run.artifacts} />
      ) : null}
      <ResultBar session={session} />
    </section>
  );
}

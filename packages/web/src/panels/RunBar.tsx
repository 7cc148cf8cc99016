import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {Icon} from '../ui/Icon.tsx';
import {RUN_MODES, type RunMode} from '../workspace/workspace.ts';
import {LanguagePicker} from './LanguagePicker.tsx';
import {SettingsMenu} from './SettingsMenu.tsx';

const MODE_WORDS: Readonly<Record<RunMode, {readonly name: string; readonly title: string}>> = {
  terminal: {name: 'Terminal', title: 'Talk to the program while it runs'},
  input: {name: 'Input', title: 'Give the whole input beforehand; stdout and stderr are shown apart'},
  tests: {name: 'Tests', title: 'Compare the output with what is expected'},
};

/** What to run, how, and the button that does it. */
export function RunBar({playground}: {playground: Playground}) {
  const mode = useStore(playground.state, ({workspace}) => workspace.mode);
  const session = useStore(playground.state, (state) => state.session);
  return (
    <div className="flex flex-wrap items-center gap-2 px-2 py-2 sm:px-3 sm:py-2.5">
      <LanguagePicker playground={playground} />
      <fieldset aria-label="How to run" className="flex gap-0.5 rounded-lg border border-line bg-panel p-0.5">
        {RUN_MODES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={mode === name}
            title={MODE_WORDS[name].title}
            disabled={session.kind === 'active'}
            onClick={() => playground.change((workspace) => ({...workspace, mode: name}))}
            className={`h-7.5 rounded-md px-2.5 disabled:opacity-60 ${mode === name ? 'bg-raised font-medium text-ink shadow-[inset_0_0_0_1px_var(--line)]' : 'text-soft hover:text-ink'}`}
          >
            {MODE_WORDS[name].name}
          </button>
        ))}
      </fieldset>
      <SettingsMenu playground={playground} />
      <div className="ml-auto flex gap-2 max-sm:flex-1">
        {session.kind === 'active' ? (
          <Button
            look="danger"
            className="min-w-24 max-sm:flex-1"
            title="Stop (Esc)"
            disabled={session.isStopping}
            onClick={() => playground.stop()}
          >
            <Icon name="stop" className="size-4" />
            {session.isStopping ? 'Stopping' : 'Stop'}
          </Button>
        ) : (
          <Button
            look="primary"
            className="min-w-24 max-sm:flex-1"
            title="Run (Ctrl+Enter)"
            onClick={() => playground.run()}
          >
            <Icon name="run" className="size-4" />
            {mode === 'tests' ? 'Run tests' : 'Run'}
          </Button>
        )}
      </div>
    </div>
  );
}

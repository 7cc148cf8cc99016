import {NO_OUTPUT, type Output, type Session} from '../session/session.ts';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';

/** Input prepared beforehand, and what came out, each stream by itself. */
export function InputPanel({playground, session}: {playground: Playground; session: Session}) {
  const stdin = useStore(playground.state, ({workspace}) => workspace.stdin);
  const output = session.kind === 'idle' ? NO_OUTPUT : session.output;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <label className="flex flex-col">
        <PaneTitle text="Input" />
        <textarea
          className="h-24 resize-none px-3 pb-2 font-mono text-[13px] leading-5 outline-offset-[-3px]"
          spellCheck={false}
          placeholder="What the program reads from its standard input"
          value={stdin}
          onChange={({target}) => playground.change((old) => ({...old, stdin: target.value}))}
        />
      </label>
      <OutputText title="Output" stream="stdout" output={output} />
      {output.stderr === '' ? null : <OutputText title="Errors (stderr)" stream="stderr" output={output} />}
    </div>
  );
}

interface OutputTextProps {
  readonly title: string;
  readonly stream: 'stdout' | 'stderr';
  readonly output: Output;
}

/** A stream as plain text: nothing in it is ever markup. */
function OutputText({title, stream, output}: OutputTextProps) {
  const dropped = output.dropped[stream];
  return (
    <section aria-label={title} className="flex min-h-0 flex-1 flex-col border-line not-first:border-t">
      <PaneTitle text={title} />
      {dropped === 0 ? null : (
        <p className="px-3 text-xs text-warn">
          The first {dropped.toLocaleString('en')} characters are not shown.
        </p>
      )}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long output is scrolled with the keyboard too.
        tabIndex={0}
        className={`min-h-0 flex-1 overflow-auto px-3 pb-2 font-mono text-[13px] leading-5 break-words whitespace-pre-wrap outline-offset-[-3px] ${stream === 'stderr' ? 'text-bad' : ''}`}
      >
        {output[stream]}
      </pre>
    </section>
  );
}

function PaneTitle({text}: {text: string}) {
  return <span className="px-3 pt-2 pb-1 text-xs font-medium text-soft">{text}</span>;
}

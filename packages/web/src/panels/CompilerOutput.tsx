import type {Session} from '../session/session.ts';

/** What the compiler said, when it said anything. Open when nothing ran because of it. */
export function CompilerOutput({session}: {session: Exclude<Session, {kind: 'idle'}>}) {
  const {compile} = session;
  const text = compile === null ? '' : `${compile.stdout}${compile.stderr}`.trim();
  if (text === '') return null;
  const isFault = compile?.exitCode !== 0;
  return (
    <details open={isFault} className="max-h-[45%] shrink-0 overflow-auto border-t border-line px-3 py-2">
      <summary className={`text-[13px] font-medium ${isFault ? 'text-bad' : 'text-warn'}`}>
        {isFault ? 'The compiler refused it' : 'The compiler has remarks'}
      </summary>
      <pre className="mt-1.5 font-mono text-xs leading-5 break-words whitespace-pre-wrap">{text}</pre>
    </details>
  );
}

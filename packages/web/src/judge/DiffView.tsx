import {diffLines} from './line-diff.ts';

const LOOKS = {
  same: {sign: ' ', words: '', look: 'text-soft'},
  missing: {sign: '−', words: 'expected, missing: ', look: 'bg-good/12 text-good'},
  extra: {sign: '+', words: 'printed, not expected: ', look: 'bg-bad/12 text-bad'},
} as const;

/** Expected against actual output: what is missing and what is too much. */
export function DiffView({expected, actual}: {expected: string; actual: string}) {
  const {lines, isCut} = diffLines(expected, actual);
  return (
    <figure>
      <figcaption className="mb-1 flex gap-4 text-xs">
        <span className="text-good">− expected</span>
        <span className="text-bad">+ printed</span>
      </figcaption>
      <ol className="max-h-56 overflow-auto rounded-lg border border-line font-mono text-xs leading-5">
        {lines.map(({kind, text}, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one comparison never change places.
          <li key={index} className={`flex px-2 ${LOOKS[kind].look}`}>
            <span aria-hidden="true" className="w-4 shrink-0 select-none">
              {LOOKS[kind].sign}
            </span>
            <span className="sr-only">{LOOKS[kind].words}</span>
            <span className="break-all whitespace-pre-wrap">{text === '' ? '\u00a0' : text}</span>
          </li>
        ))}
      </ol>
      {isCut ? <p className="mt-1 text-xs text-soft">Only the first 400 lines are compared here.</p> : null}
    </figure>
  );
}

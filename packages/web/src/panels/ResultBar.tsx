import {describeOutcome, type Fact, factsOf, type Tone} from '../session/describe-run.ts';
import type {Failure, Session} from '../session/session.ts';
import {TONE_TEXT} from '../ui/tone.ts';

const PHASE_WORDS = {
  connecting: 'Connecting',
  queued: 'Waiting for a free sandbox',
  compiling: 'Compiling',
  running: 'Running',
} as const;

/** How the run stands or ended, in words and figures. Read out when it changes. */
export function ResultBar({session}: {session: Session}) {
  return (
    <footer
      aria-live="polite"
      data-session={session.kind}
      className="shrink-0 border-t border-line bg-raised px-3 py-2"
    >
      <ResultWords session={session} />
    </footer>
  );
}

function ResultWords({session}: {session: Session}) {
  switch (session.kind) {
    case 'idle':
      return (
        <p className="text-soft">
          Press <span className="font-medium text-ink">Run</span>
          <span className="pointer-coarse:hidden">
            {' '}
            or <kbd className="rounded border border-line bg-panel px-1.5 font-mono text-xs">Ctrl Enter</kbd>
          </span>
          .
        </p>
      );
    case 'active':
      return (
        <p className="flex items-center gap-2">
          <span className="pulse size-2 rounded-full bg-accent" />
          {session.isStopping ? 'Stopping' : PHASE_WORDS[session.phase]} …
        </p>
      );
    case 'failed':
      return <FailureWords failure={session.failure} />;
    case 'finished': {
      const {run} = session;
      const {label, tone} = describeOutcome(run.outcome ?? 'internal-error');
      return (
        <>
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
            <OutcomeBadge label={label} tone={tone} />
            <Facts facts={factsOf(run)} />
          </div>
          {run.explanation === null ? null : <p className="mt-1.5">{run.explanation.message}</p>}
        </>
      );
    }
    default:
      return session satisfies never;
  }
}

export function OutcomeBadge({label, tone}: {label: string; tone: Tone}) {
  return (
    <strong className={`inline-flex items-center gap-1.5 font-semibold ${TONE_TEXT[tone]}`}>
      <span className="size-2 rounded-full bg-current" />
      {label}
    </strong>
  );
}

function Facts({facts}: {facts: readonly Fact[]}) {
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1 text-[13px]">
      {facts.map(({label, value, detail}) => (
        <div key={label} title={detail} className="flex gap-1.5">
          <dt className="text-soft">{label}</dt>
          <dd className="font-mono">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function FailureWords({failure}: {failure: Failure}) {
  return (
    <>
      <OutcomeBadge label={failure.title} tone="bad" />
      <p className="mt-1">{failure.message}</p>
      {failure.fields.length < 2 ? null : (
        <ul className="mt-1 list-disc pl-5 text-soft">
          {failure.fields.map(({path, message}) => (
            <li key={path}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

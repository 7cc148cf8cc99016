import {describeOutcome} from '../session/describe-run.ts';

const COLOURS = {good: 'var(--good)', bad: 'var(--bad)', warn: 'var(--warn)', calm: 'var(--calm)'} as const;

/** How the runs since the server's start ended. */
export function OutcomeBars({outcomes}: {outcomes: Readonly<Record<string, number>>}) {
  const rows = Object.entries(outcomes).sort(([, one], [, other]) => other - one);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return (
    <section className="rounded-xl border border-line bg-panel p-4">
      <h3 className="mb-2 font-semibold">Outcomes since the start</h3>
      {rows.length === 0 ? <p className="text-soft">No run has finished yet.</p> : null}
      <dl className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-1.5 text-[13px]">
        {rows.map(([outcome, count]) => {
          const {label, tone} = describeOutcome(outcome);
          return (
            <div key={outcome} className="contents">
              <dt>{label}</dt>
              <dd aria-hidden="true" className="h-2.5 rounded-full bg-raised">
                <span
                  className="block h-full min-w-1 rounded-full"
                  style={{width: `${(count / most) * 100}%`, background: COLOURS[tone]}}
                />
              </dd>
              <dd className="text-right font-mono">{count.toLocaleString('en')}</dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

import type {UsageDay} from '@sandglass/client';
import {niceCeiling} from '../status/nice-ceiling.ts';

interface DayBarsProps {
  readonly title: string;
  /** Days with use; the others are empty. */
  readonly days: readonly UsageDay[];
  readonly count: number;
  readonly measure: (day: UsageDay) => number;
  readonly format: (value: number) => string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const HEIGHT = 120;
const BAR = 10;

/** A bar for each of the last days, today at the right. */
export function DayBars({title, days, count, measure, format}: DayBarsProps) {
  const byDay = new Map(days.map((day) => [day.day, measure(day)]));
  const values = Array.from({length: count}, (_, index) => {
    const day = new Date(Date.now() - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    return {day, value: byDay.get(day) ?? 0};
  });
  const top = niceCeiling(Math.max(...values.map(({value}) => value)));
  const total = values.reduce((sum, {value}) => sum + value, 0);
  return (
    <figure className="rounded-xl border border-line bg-panel p-4">
      <figcaption className="mb-2 flex items-baseline gap-3">
        <span className="mr-auto font-semibold">{title}</span>
        <span className="font-mono">{format(total)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${count * BAR} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-32 w-full"
        role="img"
      >
        <title>{`${title} by day, ${format(total)} together, at most ${format(top)} a day`}</title>
        {values.map(({day, value}, index) => (
          <rect
            key={day}
            x={index * BAR + 1}
            width={BAR - 2}
            y={HEIGHT - Math.max(value === 0 ? 1 : 2, (value / top) * HEIGHT)}
            height={Math.max(value === 0 ? 1 : 2, (value / top) * HEIGHT)}
            fill={value === 0 ? 'var(--line)' : 'var(--accent)'}
          >
            <title>{`${day}: ${format(value)}`}</title>
          </rect>
        ))}
      </svg>
    </figure>
  );
}

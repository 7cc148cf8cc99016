import {niceCeiling} from './nice-ceiling.ts';

export interface PlotSeries {
  readonly name: string;
  readonly colour: string;
  /** One per reading, oldest first; null where there was nothing to measure. */
  readonly values: readonly (number | null)[];
}

interface LinePlotProps {
  readonly title: string;
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
}

const WIDTH = 400;
const HEIGHT = 120;
/** Readings across the plot: five minutes at one every two seconds. */
const SLOTS = 150;

/** Lines over the last five minutes, newest at the right. The legend tells the newest values in words. */
export function LinePlot({title, series, format}: LinePlotProps) {
  const top = niceCeiling(Math.max(0, ...series.flatMap(({values}) => values.map((value) => value ?? 0))));
  return (
    <figure className="rounded-xl border border-line bg-panel p-4">
      <figcaption className="mb-2 flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="mr-auto font-semibold">{title}</span>
        {series.map(({name, colour, values}) => (
          <span key={name} className="flex items-center gap-1.5 text-[13px] text-soft">
            <span className="size-2 rounded-full" style={{background: colour}} />
            {name}
            <span className="font-mono text-ink">{formatLast(values, format)}</span>
          </span>
        ))}
      </figcaption>
      <div className="relative">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-32 w-full" role="img">
          <title>{`${title}, last five minutes`}</title>
          {[0, 0.5, 1].map((share) => (
            <line
              key={share}
              x1="0"
              x2={WIDTH}
              y1={1 + share * (HEIGHT - 2)}
              y2={1 + share * (HEIGHT - 2)}
              stroke="var(--line)"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {series.map(({name, colour, values}) => (
            <path
              key={name}
              d={pathOf(values, top)}
              fill="none"
              stroke={colour}
              strokeWidth="2"
              strokeLinejoin="round"
              strokeLinecap="round"
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        <span className="absolute top-1 left-0 font-mono text-[11px] text-soft">{format(top)}</span>
      </div>
    </figure>
  );
}

/** A gap in the values is a gap in the line. */
function pathOf(values: readonly (number | null)[], top: number): string {
  const first = SLOTS - values.length;
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDrawing = false;
        return '';
      }
      const x = ((first + index) / (SLOTS - 1)) * WIDTH;
      const y = 1 + (1 - value / top) * (HEIGHT - 2);
      // A single point is drawn as a dot: a line of no length with round ends.
      const step = isDrawing ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
      isDrawing = true;
      return step;
    })
    .join('');
}

function formatLast(values: readonly (number | null)[], format: (value: number) => string): string {
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? '–' : format(last);
}

import {formatBytes, formatMs} from '../session/describe-run.ts';
import {TopBar} from '../ui/TopBar.tsx';
import {LinePlot} from './LinePlot.tsx';
import {OutcomeBars} from './OutcomeBars.tsx';
import {latencyMs, runsPerSecond} from './rates.ts';
import type {ServerReading} from './server-reading.ts';
import {useReadings} from './use-readings.ts';

const [ACCENT, CALM, BAD] = ['var(--accent)', 'var(--calm)', 'var(--bad)'];

/** The server's figures, live. */
export default function StatusPage() {
  const {readings, isReachable} = useReadings();
  const last = readings.at(-1);
  const between = <Value,>(measure: (before: ServerReading, after: ServerReading) => Value) =>
    readings.slice(1).flatMap((after, index) => {
      const before = readings[index];
      return before === undefined ? [] : [measure(before, after)];
    });
  const each = (pick: (reading: ServerReading) => number) => readings.map(pick);

  return (
    <div className="flex h-full flex-col">
      <TopBar page="status" />
      <main className="mx-auto w-full max-w-6xl flex-1 overflow-auto p-3 sm:p-5">
        <header className="mb-4 flex flex-wrap items-baseline gap-x-3">
          <h2 className="text-lg font-semibold tracking-tight">Server</h2>
          <p role="status" className={isReachable ? 'text-good' : 'text-bad'}>
            {isReachable ? (last === undefined ? 'Looking …' : 'Answers') : 'Does not answer. Trying again …'}
          </p>
        </header>
        {last === undefined ? null : <Tiles reading={last} />}
        <div className="grid gap-3 md:grid-cols-2">
          <LinePlot
            title="Runs per second"
            format={(value) => value.toFixed(value < 10 ? 1 : 0)}
            series={[{name: 'finished', colour: ACCENT, values: between(runsPerSecond)}]}
          />
          <LinePlot
            title="Time of a run"
            format={formatMs}
            series={[
              {name: 'median', colour: CALM, values: between((one, other) => latencyMs(one, other, 0.5))},
              {
                name: '99th percentile',
                colour: BAD,
                values: between((one, other) => latencyMs(one, other, 0.99)),
              },
            ]}
          />
          <LinePlot
            title="Queue"
            format={String}
            series={[
              {name: 'waiting', colour: BAD, values: each(({queued}) => queued)},
              {name: 'executing', colour: ACCENT, values: each(({executing}) => executing)},
            ]}
          />
          <LinePlot
            title="Sandbox pool"
            format={String}
            series={[
              {name: 'ready', colour: CALM, values: each(({ready}) => ready)},
              {name: 'in use', colour: ACCENT, values: each(({inUse}) => inUse)},
            ]}
          />
        </div>
        <div className="mt-3">{last === undefined ? null : <OutcomeBars outcomes={last.outcomes} />}</div>
      </main>
    </div>
  );
}

function Tiles({reading}: {reading: ServerReading}) {
  const tiles = [
    {label: 'Runs since the start', value: reading.runs.toLocaleString('en')},
    {label: 'Executing', value: String(reading.executing)},
    {label: 'Waiting', value: String(reading.queued)},
    {label: 'Ready sandboxes', value: `${reading.ready} of ${reading.poolTarget}`},
    {label: 'Memory of the server', value: formatBytes(reading.memoryBytes)},
  ];
  return (
    <dl className="mb-3 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {tiles.map(({label, value}) => (
        <div key={label} className="flex flex-col-reverse rounded-xl border border-line bg-panel px-4 py-3">
          <dt className="text-xs text-soft">{label}</dt>
          <dd className="font-mono text-xl tracking-tight">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

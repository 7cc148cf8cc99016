import type {UsageDay} from '@sandglass/client';
import {useCallback} from 'react';
import {DataTable, PageFrame, Panel, Shown} from '../ui/PageFrame.tsx';
import type {Account} from './account.ts';
import {DayBars} from './DayBars.tsx';
import {useLoaded} from './use-loaded.ts';

const DAYS = 30;

/** What one has used, by day. */
export function UsagePage({account}: {account: Account}) {
  const {loaded} = useLoaded(useCallback(() => account.client.usage(DAYS), [account]));
  return (
    <PageFrame page="usage" title="Usage of the last 30 days">
      <Shown loaded={loaded}>
        {({user, keys}) => (
          <>
            <div className="mb-4 grid gap-3 md:grid-cols-2">
              <DayBars title="Runs" days={user} count={DAYS} measure={({runs}) => runs} format={String} />
              <DayBars
                title="CPU time"
                days={user}
                count={DAYS}
                measure={({cpuMs}) => cpuMs / 1000}
                format={(seconds) => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`}
              />
            </div>
            <Panel title="By key">
              <DataTable
                caption="Usage by key"
                head={['Key', 'Runs', 'CPU time']}
                rows={keys.map(({id, name, days}) => ({
                  key: id,
                  cells: [
                    <bdi key="name">{name}</bdi>,
                    sum(days, ({runs}) => runs).toLocaleString('en'),
                    `${(sum(days, ({cpuMs}) => cpuMs) / 1000).toFixed(1)} s`,
                  ],
                }))}
              />
            </Panel>
          </>
        )}
      </Shown>
    </PageFrame>
  );
}

function sum(days: readonly UsageDay[], measure: (day: UsageDay) => number): number {
  return days.reduce((total, day) => total + measure(day), 0);
}

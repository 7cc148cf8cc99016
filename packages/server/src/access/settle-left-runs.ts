import type {OpenRun, Usage} from '@sandglass/accounts';
import {type Run, SandglassError} from '@sandglass/protocol';
import type {Runs} from '../runs/runs.ts';
import {usedBy} from './access-control.ts';

export interface LeftRunsParts {
  readonly usage: Pick<Usage, 'open' | 'settle' | 'refund'>;
  readonly runs: Pick<Runs, 'get'>;
}

/** Looked at in one round; the next one goes on behind them. */
const PAGE = 500;
/** Longer than it takes to write down a run that was just accepted. */
const GRACE_MS = 60_000;
const NOTHING = {cpuMs: 0, wallMs: 0};

/**
 * Settles runs that ended without the process that accepted them: it was killed or stopped. Any process may look at any time; who settles a
 * run first charges for it, once. Returns where to go on, null when everything was looked at.
 */
export async function settleLeftRuns(
  {usage, runs}: LeftRunsParts,
  after: OpenRun | null,
): Promise<OpenRun | null> {
  const page = await usage.open({after, limit: PAGE});
  for (const open of page) {
    const run = open.runId === null ? null : await find(runs, open.runId, open.runOwner);
    if (run?.state === 'finished') await usage.settle(open.id, usedBy(run), Date.now());
    if (run !== null || open.openedAtMs > Date.now() - GRACE_MS) continue;
    // Never accepted: nobody is charged. Deleted since: what it used is not known any more.
    if (open.runId === null) await usage.refund([open.id], open.openedAtMs);
    else await usage.settle(open.id, NOTHING, Date.now());
  }
  return page.length < PAGE ? null : (page.at(-1) ?? null);
}

async function find(runs: Pick<Runs, 'get'>, id: string, owner: string): Promise<Run | null> {
  try {
    return await runs.get(id, owner);
  } catch (error) {
    if (error instanceof SandglassError && error.code === 'not-found') return null;
    throw error;
  }
}

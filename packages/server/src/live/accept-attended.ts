import type {RunSpec} from '@sandglass/protocol';
import type {AccessControl} from '../access/access-control.ts';
import {ownerOf} from '../access/owner.ts';
import type {Audience, LiveRun} from '../runs/live-run.ts';
import type {RunService} from '../runs/run-service.ts';
import type {Caller} from './live-door.ts';

/** Accepts a run that a client attends. Throws what `RunService.acceptLive` and the allowance throw. */
export type AcceptAttended = (
  spec: RunSpec,
  options: {readonly caller: Caller; readonly audience: Audience},
) => Promise<LiveRun>;

export function acceptAttended(
  runs: Pick<RunService, 'acceptLive'>,
  access: AccessControl | null,
): AcceptAttended {
  return async (spec, {caller: {principal, address}, audience}) => {
    const accept = () => runs.acceptLive(spec, {owner: ownerOf(principal), audience});
    if (access === null) return await accept();
    const accepted = await access.accept(principal, {runs: 1, address}, async () => {
      const live = await accept();
      return {live, lives: [live]};
    });
    return accepted.live;
  };
}

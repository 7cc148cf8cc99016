import {type RunSpec, SandglassError} from '@sandglass/protocol';
import type {SandboxRoom} from '@sandglass/sandbox';

const NAMES = ['memoryBytes', 'diskBytes'] as const satisfies readonly (keyof SandboxRoom)[];

/** Throws `invalid-request` for a run that asks for more than any sandbox of its level has. */
export function checkRoom(
  {limits, compileLimits, judging}: Pick<RunSpec, 'limits' | 'compileLimits' | 'judging'>,
  {name: level, room}: {readonly name: string; readonly room: SandboxRoom},
): void {
  const asked = [
    {path: 'limits', of: limits},
    {path: 'compileLimits', of: compileLimits},
    ...(judging?.tests ?? []).map((test, index) => ({path: `tests/${index}/limits`, of: test.limits})),
  ];
  for (const {path, of} of asked)
    for (const name of NAMES) {
      const most = room[name];
      if (most === undefined || of[name] <= most) continue;
      throw new SandglassError(
        'invalid-request',
        `Cannot run with ${path.replaceAll('/', '.')}.${name} = ${of[name]}: a sandbox of the isolation level "${level}" has ${most} at most. Ask for less, or for another level.`,
        {fields: [{path: `/${path}/${name}`, message: `must be <= ${most} at the level "${level}"`}]},
      );
    }
}

import {describe} from 'vitest';
import {describeDifferences} from './differences.ts';
import type {DriverSetup} from './driver-under-test.ts';
import {describeFiles} from './files.ts';
import {describeHostileFiles} from './hostile-files.ts';
import {describeHostilePrograms} from './hostile-programs.ts';
import {describeIsolation} from './isolation.ts';
import {describeLifetime} from './lifetime.ts';
import {describeLimits} from './limits.ts';
import {describePrimedPrograms} from './primed-programs.ts';
import {describePrograms} from './programs.ts';
import {describeStdio} from './stdio.ts';
import {describeTerminal} from './terminal.ts';
import {describeUsage} from './usage.ts';

const GROUPS = {
  programs: describePrograms,
  stdio: describeStdio,
  terminal: describeTerminal,
  files: describeFiles,
  'hostile files': describeHostileFiles,
  'primed programs': describePrimedPrograms,
  limits: describeLimits,
  usage: describeUsage,
  isolation: describeIsolation,
  'hostile programs': describeHostilePrograms,
  lifetime: describeLifetime,
  differences: describeDifferences,
} as const satisfies Record<string, (setup: DriverSetup) => void>;
export type ContractGroup = keyof typeof GROUPS;

function canHold({primeLibrary}: DriverSetup, title: string): boolean {
  return title !== 'primed programs' || primeLibrary !== null;
}

/**
 * Everything that a driver must do, with real programs. A new isolation level is done when this passes.
 *
 * @param only these groups, where the whole takes too long for every test run.
 */
export function driverContract(name: string, setup: DriverSetup, only?: readonly ContractGroup[]): void {
  describe(`driver contract: ${name}`, () => {
    for (const [title, describeGroup] of Object.entries(GROUPS))
      if ((only === undefined || only.some((group) => group === title)) && canHold(setup, title))
        describe(title, () => describeGroup(setup));
  });
}

import {describe} from 'vitest';
import type {DriverSetup} from './driver-under-test.ts';
import {describeFiles} from './files.ts';
import {describeHostileFiles} from './hostile-files.ts';
import {describeHostilePrograms} from './hostile-programs.ts';
import {describeIsolation} from './isolation.ts';
import {describeLifetime} from './lifetime.ts';
import {describeLimits} from './limits.ts';
import {describePrograms} from './programs.ts';
import {describeStdio} from './stdio.ts';
import {describeTerminal} from './terminal.ts';
import {describeUsage} from './usage.ts';

/** Everything that a driver must do, with real programs. A new isolation level is done when this passes. */
export function driverContract(name: string, setup: DriverSetup): void {
  describe(`driver contract: ${name}`, () => {
    describe('programs', () => describePrograms(setup));
    describe('stdio', () => describeStdio(setup));
    describe('terminal', () => describeTerminal(setup));
    describe('files', () => describeFiles(setup));
    describe('hostile files', () => describeHostileFiles(setup));
    describe('limits', () => describeLimits(setup));
    describe('usage', () => describeUsage(setup));
    describe('isolation', () => describeIsolation(setup));
    describe('hostile programs', () => describeHostilePrograms(setup));
    describe('lifetime', () => describeLifetime(setup));
  });
}

import type {GvisorDriverOptions, Sandbox} from '@sandglass/sandbox';
import type {ContractGroup} from '../../../contract/driver-contract.ts';
import {type Lack, LIMITS} from '../../../contract/driver-under-test.ts';
import {command} from '../../../support/command.ts';
import {collector, shell} from '../../../support/run-in.ts';
import {GvisorPlace, hasGvisor, NO_RELEASE_GIVES, newerRunsc} from './gvisor-setup.ts';

/** A release and platform of gVisor that the contract is held with. */
export interface GvisorRelease {
  readonly name: string;
  readonly options: Pick<GvisorDriverOptions, 'runsc' | 'platform'>;
  readonly lacks: readonly Lack[];
  /** What is worth a look on every run, besides the usual. */
  readonly groups: readonly ContractGroup[];
}

/** Longer than any terminal takes to pass a key on. */
const PASSED_ON_WITHIN_MS = 2_000;

/** What differs between releases is seen by asking their kernels, not by their versions. */
export async function gvisorReleases(): Promise<readonly GvisorRelease[]> {
  if (!hasGvisor) return [];
  const newer = await newerRunsc();
  const releases = [
    {name: 'the runsc of this machine', options: {}, groups: []},
    ...(newer === null
      ? []
      : [
          {
            name: `runsc ${newer.version} on systrap`,
            options: {runsc: newer.path, platform: 'systrap'},
            groups: ['terminal'],
          } as const,
        ]),
    // On another platform the same kernel runs: the whole of it is held to the contract with SANDGLASS_TEST_FULL=1 only.
    ...(newer === null || process.env.SANDGLASS_TEST_FULL !== '1'
      ? []
      : [
          {
            name: `runsc ${newer.version} on ptrace`,
            options: {runsc: newer.path, platform: 'ptrace'},
            groups: [],
          } as const,
        ]),
  ];
  const found: GvisorRelease[] = [];
  for (const release of releases)
    found.push({...release, lacks: [...NO_RELEASE_GIVES, ...(await lacksOf(release.options))]});
  return found;
}

async function lacksOf(options: GvisorRelease['options']): Promise<Lack[]> {
  using place = new GvisorPlace();
  await using driver = await place.driver(options);
  await using sandbox = await driver.create({image: 'host', network: 'none'}, LIMITS, {signal: undefined});
  const stat = await shell(sandbox, 'stat /work');
  const isInterrupted = await passesKeysOn(sandbox);
  return [
    ...(stat.exitCode === 0 ? [] : ['statx' as const]),
    ...(isInterrupted ? [] : ['terminal-keys' as const]),
  ];
}

async function passesKeysOn(sandbox: Sandbox): Promise<boolean> {
  const printed = collector();
  const execution = sandbox.exec(
    command(['sh', '-c', 'echo ready; exec sleep 100'], {
      terminal: {columns: 90, rows: 30},
      stdin: 'open',
      wallTimeMs: PASSED_ON_WITHIN_MS,
      onOutput: (stream, data) => {
        printed.onOutput(stream, data);
        // Ctrl-C.
        if (stream === 'terminal' && printed.texts().terminal === 'ready\r\n')
          void execution.write(Buffer.from('\x03')).catch(() => undefined);
      },
    }),
  );
  return (await execution.exited).signal === 'SIGINT';
}

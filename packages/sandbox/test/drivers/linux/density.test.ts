import {expect, it} from 'vitest';
import {shell} from '../../support/run-in.ts';
import {startedLinuxDriver} from './support/linux-setup.ts';
import {linuxTraces} from './support/linux-traces.ts';

const MIB = 1024 * 1024;
const COUNT = 500;

// How long it takes is for the benchmark to say (bench/density.ts): here the machine may be busy.
it('500 sandboxes asked for at once are all made, all work, and leave nothing', async () => {
  await using driver = await startedLinuxDriver({maxSandboxes: COUNT});
  const limits = {memoryBytes: 64 * MIB, processes: 16, cpuCount: 1, diskBytes: 16 * MIB};
  const create = () => driver.create({image: 'host', network: 'none'}, limits, {signal: undefined});
  const sandboxes = await Promise.all(Array.from({length: COUNT}, create));
  expect(new Set(sandboxes.map(({id}) => id)).size).toBe(COUNT);
  await expect(create()).rejects.toMatchObject({code: 'server-full'});
  for (const sandbox of [sandboxes[0], sandboxes[COUNT / 2], sandboxes[COUNT - 1]])
    expect(sandbox && (await shell(sandbox, 'echo here')).stdout).toBe('here\n');
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
  expect(linuxTraces(process.pid)).toEqual([]);
});

import {command} from '../../../support/command.ts';
import {startedMicrovmDriver} from './microvm-setup.ts';

/**
 * A worker of its own, for tests that kill it. Prints one line when two machines are there and one of them runs a program; ends when its
 * standard input does.
 */
await using driver = await startedMicrovmDriver();
const limits = {memoryBytes: 128 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const [busy] = await Promise.all(
  [1, 2].map(() => driver.create({image: 'host', network: 'none'}, limits, {signal: undefined})),
);
const running = busy?.exec(command(['sleep', '1000'], {wallTimeMs: 0}));
await running?.started;
process.stdout.write('ready\n');
running?.exited.catch(() => {});
for await (const _ of process.stdin);

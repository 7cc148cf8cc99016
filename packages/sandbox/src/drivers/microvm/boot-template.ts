import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {raceAbort} from '../../race-abort.ts';
import {awaitGuest, type Greeting, greet} from './greeting.ts';
import {
  type BootedMachine,
  type MachineDescription,
  type MachineMonitor,
  SNAPSHOT_FILES,
} from './machine-monitor.ts';
import {ScratchContents} from './scratch/scratch-contents.ts';
import {makeScratchDisk} from './scratch/scratch-disk.ts';

/** Boots a machine, brings it to the point where it waits for a program, and saves it in `folder`. */
export async function bootTemplate(
  monitor: MachineMonitor,
  description: MachineDescription,
  options: {
    readonly folder: string;
    /** From the start of the monitor to the guest's first word, in milliseconds. */
    readonly withinMs: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{readonly greeting: Greeting | null}> {
  options.signal?.throwIfAborted();
  const scratchDisk = join(options.folder, SNAPSHOT_FILES.scratchDisk);
  await rm(scratchDisk, {force: true});
  await makeScratchDisk(scratchDisk, description.scratchBytes);
  const machine = await monitor.boot(description, options.folder);
  const giveUp = new AbortController();
  const timer = setTimeout(
    () => giveUp.abort(new Error(`nothing after ${options.withinMs} ms`)),
    options.withinMs,
  );
  machine.ended.then((how) => giveUp.abort(new Error(how)));
  const signal =
    options.signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, options.signal]);
  try {
    const streams = await machine.streams({signal});
    await awaitGuest(streams.guest, signal);
    const greeting = monitor.keepsConversations ? await greet(streams, signal) : null;
    await raceAbort(machine.save(), options.signal);
    await (await ScratchContents.ofDisk(scratchDisk)).store(join(options.folder, SNAPSHOT_FILES.scratch));
    await rm(scratchDisk);
    return {greeting};
  } catch (error) {
    await machine.kill();
    options.signal?.throwIfAborted();
    throw await explain(error, machine);
  } finally {
    clearTimeout(timer);
  }
}

async function explain(error: unknown, machine: BootedMachine): Promise<SandglassError> {
  const why = error instanceof Error ? error.message : String(error);
  const last = await machine.ended;
  return new SandglassError(
    'isolation-unavailable',
    `Cannot boot a microVM: ${why}${why === last ? '' : `. ${last}`}. "sandglass doctor" tells what is missing.`,
    {cause: error},
  );
}

import {mkdir} from 'node:fs/promises';
import {basename} from 'node:path';
import type {EngineOptions} from '@sandglass/engine';
import {imageStoreFolder} from '@sandglass/images';
import type {Run} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {keepHostTools} from '../../../engine/test/support/small-image.ts';
import {DockerDaemon, hasDocker} from '../../../sandbox/test/drivers/docker/support/docker-daemon.ts';
import {GvisorPlace, hasGvisor} from '../../../sandbox/test/drivers/gvisor/support/gvisor-setup.ts';
import {descendants, programOf} from '../../../sandbox/test/drivers/linux/support/linux-traces.ts';
import {
  describeWithMachines,
  machineOptions,
} from '../../../sandbox/test/drivers/microvm/support/microvm-setup.ts';
import {microvmTraces, monitorsOf} from '../../../sandbox/test/drivers/microvm/support/microvm-traces.ts';
import {ServedEngine} from '../support/served-engine.ts';

const isFull = process.env.SANDGLASS_TEST_FULL === '1';
const FIRST_WORD = 'begun';

/** A level, and how everything that holds its sandboxes up dies at once, as with kill -9. */
interface Victim {
  readonly options: EngineOptions;
  readonly prepare?: (dataDir: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly traces: () => readonly string[];
  readonly owned: AsyncDisposableStack;
}

/** Programs of this worker whose sandboxes end with them. */
function killBelow(isMonitor: (program: string) => boolean): void {
  for (const pid of descendants(process.pid)) if (isMonitor(basename(programOf(pid) ?? ''))) end(pid);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Its parent took it along.
  }
}

async function gvisor(): Promise<Victim> {
  const owned = new AsyncDisposableStack();
  const place = owned.use(new GvisorPlace());
  return {
    options: {isolation: {allowed: ['gvisor']}, gvisor: {runDir: place.runDir}},
    kill: () => Promise.resolve(killBelow((program) => program.startsWith('runsc'))),
    traces: () => place.traces(),
    owned,
  };
}

async function docker(): Promise<Victim> {
  const owned = new AsyncDisposableStack();
  const daemon = owned.use(await DockerDaemon.start());
  return {
    options: {isolation: {allowed: ['docker']}, docker: {socketPath: daemon.socketPath}},
    kill: async () => {
      await daemon.kill();
      await daemon.start();
    },
    traces: () => daemon.traces(),
    owned,
  };
}

async function machines(): Promise<Victim> {
  const {kernel} = await machineOptions();
  return {
    options: {
      isolation: {allowed: ['microvm']},
      images: {offered: ['small']},
      microvm: {kernel, readyMachines: 1},
    },
    prepare: async (dataDir) => {
      await mkdir(imageStoreFolder(dataDir), {recursive: true});
      await keepHostTools(imageStoreFolder(dataDir), 'small', {PATH: '/usr/bin:/bin'});
    },
    kill: () => Promise.resolve(monitorsOf(process.pid).forEach(end)),
    traces: () => microvmTraces(process.pid),
    owned: new AsyncDisposableStack(),
  };
}

function itSurvives(open: () => Promise<Victim>): void {
  it('tries a run again whose sandbox was killed, gives it up at the third time, and goes on', async () => {
    const victim = await open();
    await using _owned = victim.owned;
    {
      await using served = await ServedEngine.start(
        ['bash'],
        {...victim.options, pool: {floor: 1}},
        victim.prepare,
      );
      await using server = await served.serve({});
      const submit = async (code: string): Promise<Run> =>
        await answer(
          fetch(`${server.url}/v1/runs`, {
            method: 'POST',
            headers: {'content-type': 'application/json'},
            body: JSON.stringify({language: 'bash', code, limits: {wallTimeMs: 60_000}}),
          }),
        );
      /**
       * Resolves with the attempt when the program of one after `last` has said its first word, with null when the run has ended. An attempt may be
       * over before its program begins: a daemon takes a while to come back.
       */
      const begun = async (id: string, last: number): Promise<number | null> => {
        const look = async () => await answer(fetch(`${server.url}/v1/runs/${id}`));
        const isNext = async () => {
          const {state, attempts} = await look();
          return state === 'finished' || attempts > last;
        };
        await expect.poll(isNext).toBe(true);
        const {body} = await fetch(`${server.url}/v1/runs/${id}/events`);
        if (body === null) throw new Error('The events have no body.');
        let text = '';
        for await (const piece of body.pipeThrough(new TextDecoderStream())) {
          text += piece;
          if (text.includes(FIRST_WORD)) return (await look()).attempts;
        }
        return null;
      };
      const ended = async (id: string): Promise<Run> => {
        for (;;) {
          const run = await answer(fetch(`${server.url}/v1/runs/${id}?wait=30000`));
          if (run.state === 'finished') return run;
        }
      };

      const lasting = await submit(`echo ${FIRST_WORD}; while :; do sleep 1; done`);
      for (let last = await begun(lasting.id, 0); last !== null; last = await begun(lasting.id, last)) {
        await victim.kill();
      }
      // Nothing that the program printed became its result: it never came to one.
      const given = await ended(lasting.id);
      expect(given).toMatchObject({outcome: 'internal-error', run: null});
      // Waiting for a daemon that is not back yet is no fault, and no fault is tried again more often than that.
      expect(given.attempts).toBeGreaterThanOrEqual(3);

      const next = await submit('echo next');
      expect(await ended(next.id)).toMatchObject({outcome: 'ok', run: {stdout: 'next\n'}});
      await expect.poll(() => served.engine.poolStats.ready).toBeGreaterThan(0);
    }
    expect(victim.traces()).toEqual([]);
  });
}

async function answer(response: Promise<Response>): Promise<Run> {
  return (await (await response).json()) as Run; // Of our own server; what is used is compared.
}

describe.skipIf(!hasGvisor)('a server whose gVisor sandboxes are killed', () => itSurvives(gvisor));
describe.skipIf(!hasDocker || !isFull)('a server whose Docker daemon is killed and comes back', () =>
  itSurvives(docker),
);
if (isFull) describeWithMachines('a server whose machine monitors are killed', () => itSurvives(machines));

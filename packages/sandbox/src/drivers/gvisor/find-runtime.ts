import {accessSync, constants} from 'node:fs';
import {SandglassError} from '@sandglass/protocol';
import {loopbackProgram} from '../shared/loopback-program.ts';
import {fetchedRunsc} from './debian-runsc.ts';
import {GVISOR_PLATFORMS, type GvisorDriverOptions, type GvisorPlatform} from './gvisor-driver-options.ts';
import {RememberedPlatform} from './remembered-platform.ts';
import type {GvisorNetwork} from './runsc-process.ts';
import {inspectRunsc, type RunscProgram} from './runsc-program.ts';

/** A platform that works runs the agent within half a second; a KVM that cannot run guests hangs (nested, or in translation). */
export const PROBED_WITHIN_MS = 5_000;

/** A program, a platform of it and a network with which a sandbox was really made. */
export interface Runtime {
  readonly program: RunscProgram;
  readonly platform: GvisorPlatform;
  readonly network: GvisorNetwork;
}

interface Search {
  readonly options: GvisorDriverOptions;
  /** Where it is remembered what was found. */
  readonly folder: string;
  /** Makes a sandbox and ends it. Rejects within {@link PROBED_WITHIN_MS} when that is not to be had. */
  readonly tryOut: (runtime: Runtime) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Really makes a sandbox with each program, each platform of it and each network, best first, until one answers. Throws `isolation-unavailable`
 * with what the last one said.
 */
export async function findRuntime(search: Search): Promise<Runtime> {
  let failure: unknown = null;
  for (const path of await candidates(search.options)) {
    const found = await tryProgram(await inspectRunsc(path), search);
    if (found.kind === 'runs') return found.runtime;
    failure = found.failure;
  }
  throw new SandglassError(
    'isolation-unavailable',
    `Cannot run a sandbox with gVisor: ${failure instanceof Error ? failure.message : 'no platform can be used'} ` +
      'Install it ("sandglass gvisor fetch", or "apt-get install runsc"), or name its program and platform with isolation.gvisor.',
    {cause: failure},
  );
}

/** A newer release is faster and passes more on, so what was fetched goes before what the system has. */
async function candidates({runsc, fetchedIn}: GvisorDriverOptions): Promise<readonly string[]> {
  if (runsc !== undefined) return [runsc];
  const fetched = fetchedIn === undefined ? null : await fetchedRunsc(fetchedIn);
  return [...(fetched === null ? [] : [fetched.path]), 'runsc'];
}

async function tryProgram(
  program: RunscProgram,
  {options, folder, tryOut, signal}: Search,
): Promise<
  {readonly kind: 'runs'; readonly runtime: Runtime} | {readonly kind: 'fails'; readonly failure: unknown}
> {
  const remembered = await RememberedPlatform.open(folder, program);
  const known = await remembered.recall();
  const order = [...(known === undefined ? [] : [known]), ...GVISOR_PLATFORMS];
  let failure: unknown = null;
  for (const platform of options.platform === undefined ? new Set(order) : [options.platform]) {
    if (platform === 'kvm' && !isKvmOpen()) continue;
    for (const network of networks(options)) {
      const runtime = {program, platform, network};
      const what = `gVisor (${program.path}, ${program.version}), platform ${platform}, network ${network.kind}`;
      const startedAt = performance.now();
      try {
        await tryOut(runtime);
        await remembered.keep(platform);
        options.onLog?.(`${what}: runs`);
        return {kind: 'runs', runtime};
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
        options.onLog?.(`${what}: ${String(error)}`);
        // What hangs does so with any network.
        if (performance.now() - startedAt >= PROBED_WITHIN_MS) break;
      }
    }
  }
  return {kind: 'fails', failure};
}

function networks({nativeDir}: GvisorDriverOptions): readonly GvisorNetwork[] {
  const loopback = loopbackProgram(nativeDir);
  return loopback === null ? [{kind: 'none'}] : [{kind: 'every-address', loopback}, {kind: 'none'}];
}

function isKvmOpen(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';

const MEASURED_WITHIN_MS = 20_000;

/** The frequency of the host's time stamp counter in kHz; see native/machine/tsc.c. */
export async function measureTscKhz(nativeDir: string): Promise<number> {
  const program = join(nativeDir, 'sandglass-machine');
  try {
    const {stdout} = await promisify(execFile)(program, ['tsc'], {env: {}, timeout: MEASURED_WITHIN_MS});
    const khz = Number(stdout.trim());
    if (!Number.isSafeInteger(khz) || khz <= 0) throw new Error(`it printed ${JSON.stringify(stdout)}`);
    return khz;
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot measure the processor's frequency for microVMs: ${String(error)}. They need an x86-64 processor and the native part ("make -C native").`,
      {cause: error},
    );
  }
}

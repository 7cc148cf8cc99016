import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {GVISOR_PLATFORMS, type GvisorPlatform} from './gvisor-driver-options.ts';
import type {RunscProgram} from './runsc-program.ts';

/**
 * Which platform was found to run here, so that those that do not are tried once only: a KVM that cannot run guests takes seconds to show it. Holds
 * for one release of the program on one boot of the machine, and is a hint: whoever takes it tries it all the same.
 */
export class RememberedPlatform {
  readonly #path: string;
  readonly #circumstances: string;

  private constructor(path: string, circumstances: string) {
    this.#path = path;
    this.#circumstances = circumstances;
  }

  static async open(folder: string, {version}: RunscProgram): Promise<RememberedPlatform> {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return new RememberedPlatform(join(folder, 'platform'), `${boot.trim()} ${version}`);
  }

  /** Undefined when nothing was found yet under the present circumstances. */
  async recall(): Promise<GvisorPlatform | undefined> {
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    const [platform, circumstances] = text.split('\n');
    if (circumstances !== this.#circumstances) return undefined;
    return GVISOR_PLATFORMS.find((name) => name === platform);
  }

  async keep(platform: GvisorPlatform): Promise<void> {
    await writeFile(this.#path, `${platform}\n${this.#circumstances}\n`, {mode: 0o600});
  }
}

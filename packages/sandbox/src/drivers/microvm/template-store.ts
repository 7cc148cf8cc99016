import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Static, Type} from 'typebox';
import {Compile} from 'typebox/compile';
import {isAlive} from '../shared/is-alive.ts';
import {bootTemplate} from './boot-template.ts';
import {fileIdentity} from './file-identity.ts';
import type {Greeting} from './greeting.ts';
import {type MachineDescription, type MachineMonitor, SNAPSHOT_FILES} from './machine-monitor.ts';
import {ScratchContents} from './scratch/scratch-contents.ts';
import {sealedCopy} from './sealed-memory.ts';
import {Template} from './template.ts';

/** Changes when what is in a template's folder is of another form, or its kernel was told something else at its start. */
const FORMAT = 4;

/** Each takes some 100 MB of disk. Others than the newest are of other kernels, images or builds. */
const KEPT_TEMPLATES = 6;

/** Without KVM and on a busy machine; a boot that is stuck is not told from a slow one earlier. */
const BOOTED_WITHIN_MS = 60_000;
const BOOT_TRIES = 2;

const GREETING_FILE = 'greeting.json';

const GREETING_SCHEMA = Type.Object({
  /** What it was booted from. */
  imagePath: Type.String(),
  initramfsPath: Type.String(),
  greeting: Type.Union([
    Type.Null(),
    Type.Object({sandboxId: Type.Integer(), ready: Type.String(), hello: Type.String()}),
  ]),
});
const GREETING = Compile(GREETING_SCHEMA);

/** Where templates are kept between starts, each in a folder that is named after everything it depends on. */
export class TemplateStore {
  readonly #folder: string;
  readonly #nativeDir: string;

  constructor(options: {readonly folder: string; readonly nativeDir: string}) {
    this.#folder = options.folder;
    this.#nativeDir = options.nativeDir;
  }

  /** Finds the template or makes it by booting a machine. The caller owns it. Throws `isolation-unavailable`. */
  async open(
    monitor: MachineMonitor,
    description: MachineDescription,
    options: {readonly withinMs?: number; readonly signal: AbortSignal | undefined},
  ): Promise<Template> {
    const folder = join(this.#folder, await templateKey(monitor, description));
    const greeting =
      (await readGreeting(folder)) ?? (await this.#make(folder, monitor, description, options));
    const now = new Date();
    await utimes(folder, now, now);
    await this.#prune();
    const memoryPath = join(folder, SNAPSHOT_FILES.memory);
    const memory = monitor.needsSealedMemory
      ? await sealedCopy(memoryPath, this.#nativeDir)
      : await open(memoryPath);
    const state = await open(join(folder, SNAPSHOT_FILES.state));
    const scratch = await ScratchContents.load(join(folder, SNAPSHOT_FILES.scratch));
    const snapshot = {folder, description, state, memory, scratch};
    return new Template({monitor, snapshot, greeting: greeting.greeting});
  }

  async #make(
    place: string,
    monitor: MachineMonitor,
    description: MachineDescription,
    options: {readonly withinMs?: number; readonly signal: AbortSignal | undefined},
  ): Promise<{readonly greeting: Greeting | null}> {
    await mkdir(this.#folder, {recursive: true, mode: 0o700});
    const unfinished = await mkdtemp(join(this.#folder, `.new-${process.pid}-`));
    try {
      const made = await this.#boot(unfinished, monitor, description, options);
      await rename(unfinished, place).catch(async (error: unknown) => {
        // Another worker was faster. Its machine is another one, so its conversation counts, not ours.
        if ((await readGreeting(place)) === null) throw error;
      });
      return (await readGreeting(place)) ?? made;
    } finally {
      await rm(unfinished, {recursive: true, force: true});
    }
  }

  async #boot(
    folder: string,
    monitor: MachineMonitor,
    description: MachineDescription,
    options: {readonly withinMs?: number; readonly signal: AbortSignal | undefined},
  ): Promise<{readonly greeting: Greeting | null}> {
    const withinMs = options.withinMs ?? BOOTED_WITHIN_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const made = await bootTemplate(monitor, description, {folder, withinMs, signal: options.signal});
        const {greeting} = made;
        const stored =
          greeting === null
            ? null
            : {
                sandboxId: greeting.sandboxId,
                ready: greeting.ready.toString('base64'),
                hello: greeting.hello.toString('base64'),
              };
        const {imagePath, initramfsPath} = description;
        await writeFile(
          join(folder, GREETING_FILE),
          JSON.stringify({greeting: stored, imagePath, initramfsPath}),
        );
        return made;
      } catch (error) {
        // A limit of the caller's own choice says that one try is what he wants to know about.
        if (options.withinMs !== undefined || options.signal?.aborted === true || attempt === BOOT_TRIES)
          throw error;
      }
    }
  }

  /** Who uses an old one holds its files open; what a killed worker left unfinished goes too. */
  async #prune(): Promise<void> {
    const ages: {path: string; usedAtMs: number}[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const pid = /^\.new-(\d+)-/.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) await rm(path, {recursive: true, force: true});
      const status = pid === undefined ? await stat(path).catch(() => null) : null;
      if (status !== null) ages.push({path, usedAtMs: status.mtimeMs});
    }
    ages.sort((a, b) => b.usedAtMs - a.usedAtMs);
    for (const {path} of ages.slice(KEPT_TEMPLATES)) await rm(path, {recursive: true, force: true});
  }
}

async function templateKey(monitor: MachineMonitor, description: MachineDescription): Promise<string> {
  const files = [description.imagePath, description.kernelPath, description.initramfsPath];
  const parts = [
    FORMAT,
    monitor.fingerprint(description),
    description,
    await Promise.all(files.map(fileIdentity)),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** What a template was booted from; null for one that is not complete or of another version. */
export async function readTemplateSources(
  folder: string,
): Promise<Pick<MachineDescription, 'imagePath' | 'initramfsPath'> | null> {
  return await readStored(folder);
}

async function readGreeting(folder: string): Promise<{readonly greeting: Greeting | null} | null> {
  const stored = await readStored(folder);
  if (stored === null) return null;
  const {greeting} = stored;
  if (greeting === null) return {greeting};
  const {sandboxId, ready, hello} = greeting;
  return {greeting: {sandboxId, ready: Buffer.from(ready, 'base64'), hello: Buffer.from(hello, 'base64')}};
}

/** Written last, so a folder that has it is complete. */
async function readStored(folder: string): Promise<Static<typeof GREETING_SCHEMA> | null> {
  let stored: unknown;
  try {
    stored = JSON.parse(await readFile(join(folder, GREETING_FILE), 'utf8'));
  } catch {
    return null; // Not there, or cut off by a full disk: the template is made again.
  }
  return GREETING.Check(stored) ? stored : null;
}

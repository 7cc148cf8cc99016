import {PREPARED_INPUTS, PREPARED_PARTS, type Preparation, programEnvironment} from '@sandglass/languages';
import {DEFAULT_COMPILE_LIMITS, type Limits} from '@sandglass/protocol';
import type {Sandbox} from '@sandglass/sandbox';
import type {EngineLog} from '../engine-log.ts';
import type {StageContext} from '../pipeline/compile-program.ts';
import {runProgram, sandboxLimits} from '../pipeline/run-program.ts';
import type {PreparedFolder} from './prepared-folder.ts';

const MIB = 1024 * 1024;

/** A precompiled header is there twice while it is cut into parts. One core: runs come first. */
const LIMITS: Limits = {...DEFAULT_COMPILE_LIMITS, wallTimeMs: 120_000, diskBytes: 512 * MIB, cpuCount: 1};
const MAX_INPUTS_BYTES = MIB;
const MAX_PARTS = 64;
/** How often a target is marked as used. */
const TOUCH_EVERY_MS = 10 * 60 * 1000;
/** How long after the start the common preparations begin: the first seconds belong to the runs that waited for it. */
const AHEAD_DELAY_MS = 20_000;
/** So many compiles would have gained by a rare preparation before it is made: whoever tries all of them pays for it himself. */
const ASKED_BEFORE_RARE = 3;
/** Rare preparations that are counted; the one first asked for is forgotten first. */
const MAX_COUNTED = 256;
/** Preparations that wait at most; whoever comes later asks again with his next compile. */
const MAX_WAITING = 16;

type Place = Pick<StageContext, 'keeper' | 'image'>;

/**
 * Makes preparations in the background, one at a time, each in a sandbox of its own. Nothing ever waits for one: a compile that
 * comes earlier takes longer and gives the same. One that fails is not tried again until the next start.
 */
export class Preparer implements AsyncDisposable {
  readonly #folder: PreparedFolder;
  readonly #log: EngineLog;
  readonly #stop = new AbortController();
  readonly #begun = new Set<string>();
  readonly #touchedAtMs = new Map<string, number>();
  readonly #asked = new Map<string, number>();
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: {readonly folder: PreparedFolder; readonly log: EngineLog}) {
    this.#folder = parts.folder;
    this.#log = parts.log;
  }

  /** Makes what is not there yet. Returns at once. */
  want(preparations: readonly Preparation[], place: Place): void {
    for (const preparation of preparations) {
      const {target} = preparation;
      if (this.#folder.has(target)) this.#touch(target);
      else if (!this.#begun.has(target) && this.#waiting < MAX_WAITING && this.#isDue(preparation))
        this.#enqueue(preparation, place);
    }
  }

  #isDue({target, isRare = false}: Preparation): boolean {
    if (!isRare) return true;
    const asked = (this.#asked.get(target) ?? 0) + 1;
    this.#asked.set(target, asked);
    const [oldest] = this.#asked.keys();
    if (oldest !== undefined && (this.#asked.size > MAX_COUNTED || asked >= ASKED_BEFORE_RARE))
      this.#asked.delete(asked >= ASKED_BEFORE_RARE ? target : oldest);
    return asked >= ASKED_BEFORE_RARE;
  }

  /** The same once the start is over and whoever waited for it has been served. */
  wantLater(preparations: readonly Preparation[], place: Place): void {
    const timer = setTimeout(() => this.want(preparations, place), AHEAD_DELAY_MS).unref();
    this.#stop.signal.addEventListener('abort', () => clearTimeout(timer), {once: true});
  }

  /** Stops what is being made and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#last;
  }

  #enqueue(preparation: Preparation, place: Place): void {
    this.#begun.add(preparation.target);
    this.#waiting++;
    this.#last = this.#last
      .then(() => this.#prepare(preparation, place))
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#log.warn(
          {error, target: preparation.target},
          'Cannot prepare a file for compilers; they work without it.',
        );
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  async #prepare({target, plan}: Preparation, {keeper, image}: Place): Promise<void> {
    const {signal} = this.#stop;
    if (signal.aborted) return;
    const startedAtMs = performance.now();
    using lease = await keeper.lend({image: image.name, network: 'none'}, sandboxLimits(LIMITS), {signal});
    if (lease === null) return;
    const report = await runProgram(
      lease.sandbox,
      {
        argv: plan.argv,
        env: programEnvironment({recipe: plan.env, user: {}, hasTerminal: false}),
        files: plan.files,
        stdin: new Uint8Array(),
        limits: LIMITS,
        stopAtOutputLimit: false,
        onOutput: undefined,
      },
      {signal},
    );
    if (signal.aborted) return;
    if (report.kind !== 'ended' || report.exit.exitCode !== 0) {
      const said =
        report.kind === 'ended' ? report.output.stderr.bytes.toString('utf8', 0, 500) : report.kind;
      throw new Error(`Making ${target} failed: ${said}`);
    }
    await this.#keep(target, lease.sandbox);
    const wallTimeMs = Math.round(performance.now() - startedAtMs);
    this.#log.info({target, wallTimeMs}, 'Prepared a file that makes compiles faster.');
  }

  async #keep(target: string, sandbox: Sandbox): Promise<void> {
    const inputs = await readInputs(sandbox);
    const folder = PREPARED_PARTS.slice(0, PREPARED_PARTS.lastIndexOf('/'));
    const prefix = PREPARED_PARTS.slice(folder.length + 1, -1);
    const {entries} = await sandbox.listFiles(folder, {maxEntries: 2 * MAX_PARTS, maxDepth: 1});
    const parts = entries.filter(({kind, path}) => kind === 'file' && path.startsWith(prefix));
    await this.#folder.add(target, inputs, async (file) => {
      for (const part of parts.sort((a, b) => (a.path < b.path ? -1 : 1))) {
        const {content} = await sandbox.readFile(`${folder}/${part.path}`, {maxBytes: part.sizeBytes});
        await file.write(content);
      }
    });
  }

  #touch(target: string): void {
    const now = Date.now();
    if (now - (this.#touchedAtMs.get(target) ?? 0) < TOUCH_EVERY_MS) return;
    this.#touchedAtMs.set(target, now);
    void this.#folder.touch(target);
  }
}

/** The files named in a rule of make(1), except the relative ones, which the plan itself brought. */
async function readInputs(sandbox: Sandbox): Promise<string[]> {
  const folder = PREPARED_INPUTS.slice(0, PREPARED_INPUTS.lastIndexOf('/'));
  const {entries} = await sandbox.listFiles(folder, {maxEntries: 2 * MAX_PARTS, maxDepth: 1});
  if (!entries.some(({path}) => `${folder}/${path}` === PREPARED_INPUTS)) return [];
  const {content} = await sandbox.readFile(PREPARED_INPUTS, {maxBytes: MAX_INPUTS_BYTES});
  const words = Buffer.from(content)
    .toString()
    .split(/[\s\\]+/);
  return words.filter((word) => word.startsWith('/') && !word.endsWith(':'));
}

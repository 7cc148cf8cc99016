import {Heap} from './heap.ts';

interface Share<Job> {
  readonly job: Job;
  isGone: boolean;
}

/**
 * Cores that everything on a machine shares evenly, as the kernel's scheduler does: with n at work on c cores each advances at min(1, c ÷ n).
 * Kept in virtual time, which advances at that rate, so that one arrival changes one heap entry and not all (Kleinrock: Queueing Systems,
 * volume 2, section 4.4).
 */
export class Processor<Job> {
  readonly #cores: number;
  readonly #leaving = new Heap<Share<Job>>();
  readonly #shares = new Map<Job, Share<Job>>();
  #virtualMs = 0;
  #nowMs = 0;

  constructor(cores: number) {
    this.#cores = cores;
  }

  add(nowMs: number, job: Job, demandMs: number): void {
    this.#advance(nowMs);
    const share = {job, isGone: false};
    this.#shares.set(job, share);
    this.#leaving.push(this.#virtualMs + demandMs, share);
  }

  /** Whoever is thrown out, done or not. */
  remove(nowMs: number, job: Job): void {
    this.#advance(nowMs);
    const share = this.#shares.get(job);
    if (share === undefined) return;
    share.isGone = true;
    this.#shares.delete(job);
    this.#dropGone();
  }

  /** When the next one is done if nothing changes, or `Infinity`. */
  get nextMs(): number {
    if (this.#shares.size === 0) return Number.POSITIVE_INFINITY;
    return this.#nowMs + Math.max(0, this.#leaving.firstKey - this.#virtualMs) / this.#rate;
  }

  /** Takes the one that is done at `nextMs`. */
  takeDone(): Job {
    this.#nowMs = this.nextMs;
    this.#virtualMs = Math.max(this.#virtualMs, this.#leaving.firstKey);
    const done = this.#leaving.pop();
    if (done === undefined) throw new RangeError('Cannot take what is done: nothing is at work.');
    this.#shares.delete(done.job);
    this.#dropGone();
    return done.job;
  }

  get #rate(): number {
    return Math.min(1, this.#cores / this.#shares.size);
  }

  #advance(nowMs: number): void {
    if (this.#shares.size > 0) this.#virtualMs += (nowMs - this.#nowMs) * this.#rate;
    this.#nowMs = nowMs;
  }

  #dropGone(): void {
    while (this.#leaving.first?.isGone === true) this.#leaving.pop();
  }
}

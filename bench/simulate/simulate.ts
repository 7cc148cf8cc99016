import {arrivalGaps} from './arrivals.ts';
import {FairQueue} from './fair-queue.ts';
import {Heap} from './heap.ts';
import type {Model, RunTimes, Simulated} from './model.ts';
import {Processor} from './processor.ts';
import {Random} from './random.ts';

/**
 * A discrete-event simulation of runs from arrival to answer. What happens next is the earliest of three: an event at a known time (arrival, end
 * of a delay, failure, lease), or somebody on some processor being done, which moves whenever somebody else comes or goes.
 *
 *   arrival → front (accept, commit, offer) → fair queue → slot of a worker (claim, sandbox, program, store) → answer
 *
 * The choice of worker is the brokers': any with a free slot. As in the product every tenth turn of a worker prefers batch, a lost worker's
 * runs are free after their lease and go to the end of the line with a pause that grows, and after the last attempt they are given up.
 */
export function simulate(model: Model): Simulated {
  return new Simulation(model).run();
}

interface SimulatedRun {
  readonly owner: number;
  readonly arrivedMs: number;
  readonly times: RunTimes;
  readonly isCounted: boolean;
  startedMs: number;
  faults: number;
  worker: SimulatedWorker | null;
}

interface SimulatedWorker {
  readonly machine: Machine;
  readonly running: Set<SimulatedRun>;
  free: number;
  stock: number;
  isRefilling: boolean;
  isUp: boolean;
  turns: number;
  /** Its place among those with free slots, or -1. */
  place: number;
}

/** Something that happens at a known time. */
type Happening = () => void;
/** What is done when a share of a processor is. */
interface Job {
  readonly onDone: () => void;
}

interface Machine {
  readonly processor: Processor<Job>;
  /** The time for which its next end is noted; later notes make it void. */
  notedMs: number;
}

/**
 * So many more arrive after those that are counted, which then end among others as before. Whoever waits longer than that, for a lease,
 * comes back to an emptier installation, which hardly matters to so few.
 */
const AFTERWARDS = 0.1;
const TURNS_FOR_INTERACTIVE = 9;
const FIRST_PAUSE_MS = 200;
const PAUSE_FACTOR = 4;
/** The house is kept once a second. */
const ROUND_MS = 1_000;

class Simulation {
  readonly #model: Model;
  readonly #random: Random;
  readonly #events = new Heap<Happening>();
  readonly #queue: FairQueue<SimulatedRun>;
  readonly #workers: SimulatedWorker[];
  /** Workers with free slots, in no order. */
  readonly #idle: SimulatedWorker[] = [];
  readonly #stations: readonly {readonly machine: Machine; readonly demandMs: number}[];
  readonly #machines: readonly Machine[];
  readonly #nextGap: () => number;
  readonly #waitMs: number[] = [];
  readonly #totalMs: number[] = [];
  readonly #byOwner: number[][];
  readonly #jobs = new Map<SimulatedRun, Job>();
  #nowMs = 0;
  #arrived = 0;
  #lastArrivalMs = 0;
  #left: number;
  #retried = 0;
  #givenUp = 0;
  #slotMs = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#random = new Random(model.seed);
    this.#queue = new FairQueue(model.owners);
    this.#byOwner = model.owners.map(() => []);
    this.#left = model.runs;
    const count = Math.ceil(model.workers / model.workersPerMachine);
    this.#machines = Array.from({length: count}, () => newMachine(model.cores));
    this.#stations =
      model.front.kind === 'shared'
        ? []
        : model.front.stations.map(({cores, demandMs}) => ({machine: newMachine(cores), demandMs}));
    this.#workers = Array.from({length: model.workers}, (_, index) => this.#newWorker(index));
    this.#nextGap = arrivalGaps(model.arrivals, this.#random);
  }

  run(): Simulated {
    this.#at(this.#nextGap(), () => this.#arrive());
    if (this.#model.failures !== null) for (const worker of this.#workers) this.#scheduleFailure(worker);
    while (this.#left > 0) {
      const nowMs = this.#events.firstKey;
      const next = this.#events.pop();
      if (next === undefined) throw new RangeError('Cannot go on: nothing happens and runs are left.');
      this.#nowMs = nowMs;
      next();
    }
    const {workers, slots} = this.#model;
    return {
      waitMs: Float64Array.from(this.#waitMs),
      totalMs: Float64Array.from(this.#totalMs),
      waitMsByOwner: this.#byOwner.map((waits) => Float64Array.from(waits)),
      retried: this.#retried,
      givenUp: this.#givenUp,
      slotUse: this.#slotMs / (this.#nowMs * workers * slots),
      perSecond: (this.#arrived * 1000) / this.#lastArrivalMs,
    };
  }

  #arrive(): void {
    const {times, owners, warmUpRuns, runs} = this.#model;
    const number = this.#arrived++;
    this.#lastArrivalMs = this.#nowMs;
    const run: SimulatedRun = {
      owner: this.#drawOwner(owners.map(({share}) => share)),
      arrivedMs: this.#nowMs,
      times: times(this.#random),
      isCounted: number >= warmUpRuns && number < warmUpRuns + runs,
      startedMs: 0,
      faults: 0,
      worker: null,
    };
    if (this.#arrived < (warmUpRuns + runs) * (1 + AFTERWARDS))
      this.#at(this.#nowMs + this.#nextGap(), () => this.#arrive());
    this.#front(run, 0);
  }

  /** One station after the other; what they do not explain of the time is waited. */
  #front(run: SimulatedRun, index: number): void {
    const {frontMs} = run.times;
    const [first] = this.#machines;
    if (this.#model.front.kind === 'shared' && first !== undefined) {
      this.#spend(first, frontMs, () => this.#enqueue(run));
      return;
    }
    const station = this.#stations[index];
    if (station !== undefined) {
      this.#work(station.machine, station.demandMs, () => this.#front(run, index + 1));
      return;
    }
    const used = this.#stations.reduce((sum, {demandMs}) => sum + demandMs, 0);
    this.#at(this.#nowMs + Math.max(0, frontMs - used), () => this.#enqueue(run));
  }

  #enqueue(run: SimulatedRun): void {
    this.#queue.push(run.owner, run);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#queue.size > 0) {
      const worker = this.#random.pick(this.#idle);
      worker.turns = (worker.turns + 1) % (TURNS_FOR_INTERACTIVE + 1);
      const run = this.#queue.take(worker.turns === 0 ? 'batch' : 'interactive');
      if (run !== undefined) this.#start(run, worker);
    }
  }

  #start(run: SimulatedRun, worker: SimulatedWorker): void {
    run.worker = worker;
    run.startedMs = this.#nowMs;
    worker.running.add(run);
    worker.free--;
    this.#place(worker);
    const missMs = this.#takeSandbox(worker);
    const begin = (): void => {
      if (run.worker !== worker) return;
      const job = this.#spend(worker.machine, run.times.slotMs, () => {
        if (run.worker === worker) this.#finish(run, worker);
      });
      this.#jobs.set(run, job);
    };
    if (missMs === 0) begin();
    else this.#at(this.#nowMs + missMs, begin);
  }

  /** What a run waits for its sandbox. */
  #takeSandbox(worker: SimulatedWorker): number {
    const {pool} = this.#model;
    if (pool === null) return 0;
    const isMissing = worker.stock === 0;
    if (!isMissing) worker.stock--;
    this.#refill(worker);
    return isMissing ? pool.refillMs : 0;
  }

  #refill(worker: SimulatedWorker): void {
    const {pool} = this.#model;
    if (pool === null || worker.isRefilling || worker.stock >= pool.size) return;
    worker.isRefilling = true;
    this.#at(this.#nowMs + pool.refillMs, () => {
      worker.isRefilling = false;
      worker.stock++;
      this.#refill(worker);
    });
  }

  #finish(run: SimulatedRun, worker: SimulatedWorker): void {
    this.#jobs.delete(run);
    worker.running.delete(run);
    worker.free++;
    this.#slotMs += this.#nowMs - run.startedMs;
    this.#place(worker);
    if (this.#model.afterMs > 0) this.#work(worker.machine, this.#model.afterMs, () => undefined);
    if (run.isCounted) {
      const waitMs = run.startedMs - run.arrivedMs;
      this.#waitMs.push(waitMs);
      this.#byOwner[run.owner]?.push(waitMs);
      this.#totalMs.push(this.#nowMs - run.arrivedMs);
      this.#left--;
    }
    this.#dispatch();
  }

  #scheduleFailure(worker: SimulatedWorker): void {
    const {failures} = this.#model;
    if (failures === null) return;
    this.#at(this.#nowMs + this.#random.exponential(failures.meanTimeBetweenMs), () => {
      this.#fail(worker, failures.leaseMs);
      this.#at(this.#nowMs + failures.restartMs, () => {
        worker.isUp = true;
        worker.stock = this.#model.pool?.size ?? 0;
        this.#place(worker);
        this.#scheduleFailure(worker);
        this.#dispatch();
      });
    });
  }

  #fail(worker: SimulatedWorker, leaseMs: number): void {
    worker.isUp = false;
    for (const run of worker.running) {
      const job = this.#jobs.get(run);
      if (job !== undefined) this.#stopWork(worker.machine, job);
      this.#jobs.delete(run);
      run.worker = null;
      this.#slotMs += this.#nowMs - run.startedMs;
      this.#lose(run, leaseMs);
    }
    worker.running.clear();
    worker.free = this.#model.slots;
    this.#place(worker);
  }

  /** Renewed every third of it, so on average five sixths of the lease are left; then the next round finds it. */
  #lose(run: SimulatedRun, leaseMs: number): void {
    run.faults++;
    if (run.faults >= (this.#model.failures?.maxAttempts ?? 1)) {
      if (run.isCounted) {
        this.#givenUp++;
        this.#left--;
      }
      return;
    }
    this.#retried++;
    const leftMs = leaseMs * (1 - this.#random.next() / 3) + this.#random.next() * ROUND_MS;
    const pauseMs = FIRST_PAUSE_MS * PAUSE_FACTOR ** (run.faults - 1);
    this.#at(this.#nowMs + leftMs + pauseMs, () => this.#enqueue(run));
  }

  /** Keeps the list of those with free slots. */
  #place(worker: SimulatedWorker): void {
    const isIdle = worker.isUp && worker.free > 0;
    if (isIdle === worker.place >= 0) return;
    if (isIdle) {
      worker.place = this.#idle.length;
      this.#idle.push(worker);
      return;
    }
    const last = this.#idle.pop();
    if (last !== undefined && last !== worker) {
      this.#idle[worker.place] = last;
      last.place = worker.place;
    }
    worker.place = -1;
  }

  #newWorker(index: number): SimulatedWorker {
    const {slots, workersPerMachine, pool} = this.#model;
    const machine = this.#machines[Math.floor(index / workersPerMachine)];
    if (machine === undefined)
      throw new RangeError(`Cannot place worker ${index}: there is no machine for it.`);
    const worker: SimulatedWorker = {
      machine,
      running: new Set(),
      free: slots,
      stock: pool?.size ?? 0,
      isRefilling: false,
      isUp: true,
      turns: 0,
      place: -1,
    };
    this.#place(worker);
    return worker;
  }

  /** Its share of work, then the wait that is a part of it. */
  #spend(machine: Machine, ms: number, onDone: () => void): Job {
    const workMs = ms * this.#model.cpuShare;
    if (workMs === ms) return this.#work(machine, ms, onDone);
    return this.#work(machine, workMs, () => this.#at(this.#nowMs + ms - workMs, onDone));
  }

  #work(machine: Machine, demandMs: number, onDone: () => void): Job {
    const job = {onDone};
    machine.processor.add(this.#nowMs, job, demandMs);
    this.#note(machine);
    return job;
  }

  #stopWork(machine: Machine, job: Job): void {
    machine.processor.remove(this.#nowMs, job);
    this.#note(machine);
  }

  /** Whoever comes or goes changes when the next one is done. */
  #note(machine: Machine): void {
    const {nextMs} = machine.processor;
    machine.notedMs = nextMs;
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#at(nextMs, () => {
      if (machine.notedMs !== nextMs || machine.processor.nextMs !== nextMs) return;
      const {onDone} = machine.processor.takeDone();
      this.#note(machine);
      onDone();
    });
  }

  #at(timeMs: number, happening: Happening): void {
    this.#events.push(timeMs, happening);
  }

  #drawOwner(shares: readonly number[]): number {
    if (shares.length === 1) return 0;
    let left = this.#random.next();
    for (const [index, share] of shares.entries()) {
      left -= share;
      if (left < 0) return index;
    }
    return shares.length - 1;
  }
}

function newMachine(cores: number): Machine {
  return {processor: new Processor<Job>(cores), notedMs: Number.POSITIVE_INFINITY};
}

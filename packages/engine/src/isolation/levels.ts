import {DRIVER_NAMES, type DriverName, type IsolationReport, SandglassError} from '@sandglass/protocol';
import type {PoolStats, SandboxRoom, WeakerMechanism} from '@sandglass/sandbox';
import type {Level} from './level.ts';

/** A level as an engine offers it, or why it does not. */
export type LevelFacts =
  | {
      readonly name: DriverName;
      readonly kind: 'available';
      readonly isDefault: boolean;
      readonly isolation: IsolationReport;
      /** See `Driver.room`. */
      readonly room: SandboxRoom;
      /** What `isolation.weaker` names, with the reason and what to do about it. */
      readonly weaker: readonly WeakerMechanism[];
    }
  | {readonly name: DriverName; readonly kind: 'unavailable'; readonly reason: string};

/** A level that is allowed but could not be started. */
export interface FailedLevel {
  readonly name: DriverName;
  readonly error: Error;
}

/** The isolation levels of an engine: which there are, and which one a run gets. */
export class Levels {
  /** The level of runs that name none. */
  readonly default: Level;
  readonly #open: ReadonlyMap<DriverName, Level>;
  readonly #failed: readonly FailedLevel[];

  /**
   * @param preferred `auto` takes the strongest that was started.
   * Throws what kept the preferred level from starting, and `isolation-unavailable` when there is none at all.
   */
  constructor(open: readonly Level[], failed: readonly FailedLevel[], preferred: 'auto' | DriverName) {
    this.#open = new Map(open.map((level) => [level.name, level]));
    this.#failed = failed;
    const found = preferred === 'auto' ? strongest(open) : this.#open.get(preferred);
    if (found === undefined) throw nothingToIsolateWith(failed, preferred);
    this.default = found;
  }

  /** Throws `isolation-unavailable` unless the run can have exactly the level that it names. */
  choose(isolation: 'auto' | DriverName): Level {
    if (isolation === 'auto') return this.default;
    const level = this.#open.get(isolation);
    if (level !== undefined) return level;
    const choices = ['auto', ...strongestLast(this.#open.keys())].map((name) => `"${name}"`).join(' or ');
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot run with isolation "${isolation}": ${this.#whyNot(isolation)} Use ${choices}.`,
      {fields: [{path: '/isolation', message: `must be ${choices}`}]},
    );
  }

  /** Every level that Sandglass knows, weakest first. */
  get facts(): readonly LevelFacts[] {
    return DRIVER_NAMES.map((name) => {
      const level = this.#open.get(name);
      return level === undefined
        ? {name, kind: 'unavailable', reason: this.#whyNot(name)}
        : {
            name,
            kind: 'available',
            isDefault: level === this.default,
            isolation: level.isolation,
            room: level.room,
            weaker: level.weaker,
          };
    });
  }

  /** Of all levels together. */
  get poolStats(): PoolStats {
    const sum = {ready: 0, creating: 0, inUse: 0, waiting: 0, target: 0};
    for (const {poolStats} of this.#open.values())
      for (const name of Object.keys(sum) as (keyof PoolStats)[]) sum[name] += poolStats[name];
    return sum;
  }

  #whyNot(name: DriverName): string {
    const failed = this.#failed.find((each) => each.name === name);
    return failed === undefined
      ? `it is not among the levels that this server's operator allows (isolation.allowed).`
      : `it is allowed but could not be started. ${failed.error.message}`;
  }
}

function strongest(levels: readonly Level[]): Level | undefined {
  const names = strongestLast(levels.map(({name}) => name));
  return levels.find(({name}) => name === names.at(-1));
}

function strongestLast(names: Iterable<DriverName>): DriverName[] {
  return [...names].sort((a, b) => DRIVER_NAMES.indexOf(a) - DRIVER_NAMES.indexOf(b));
}

function nothingToIsolateWith(failed: readonly FailedLevel[], preferred: 'auto' | DriverName): Error {
  const cause = preferred === 'auto' ? failed[0] : failed.find(({name}) => name === preferred);
  return (
    cause?.error ??
    new SandglassError(
      'configuration-invalid',
      `Cannot start: isolation.default is "${preferred}", which is not in isolation.allowed. Allow it or choose another default.`,
    )
  );
}

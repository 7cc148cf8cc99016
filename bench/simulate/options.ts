import {parseArgs} from 'node:util';
import {BROKERED} from '../cluster/combination.ts';
import {SCENARIOS, type Scenario} from './predict.ts';

/** What is predicted, from which figures, and where it goes. */
export interface SimulateOptions {
  readonly timesFile: string;
  readonly broker: (typeof BROKERED)[number];
  readonly workers: readonly number[];
  readonly loads: readonly number[];
  readonly scenarios: readonly Scenario[];
  readonly slots: number;
  readonly cores: number;
  /** Runs a second that cells are planned for. */
  readonly target: number;
  readonly databaseCores: number;
  readonly seed: number;
  /** Runs in each prediction. */
  readonly runs: number;
  /** Hold the simulation against a real installation instead. */
  readonly isCheck: boolean;
  /** Of the check. */
  readonly rounds: number;
  readonly durationMs: number;
  readonly jsonFile: string | null;
  readonly isMarkdown: boolean;
}

export type ParsedSimulateOptions =
  | {readonly kind: 'run'; readonly options: SimulateOptions}
  | {readonly kind: 'help'}
  | {readonly kind: 'wrong'; readonly message: string};

const DEFAULTS = {
  times: 'test-output/bench.json',
  workers: '1,10,100,1000',
  load: '0.3,0.6,0.8',
  slots: '8',
  cores: '2',
  target: '100000',
  'database-cores': '32',
  seed: '1',
  runs: '200000',
  rounds: '3',
  seconds: '10',
} as const;
const BROKERS = ['redis', 'rabbitmq'] as const;
const MOST_RUNS = 5_000_000;
const MOST_WORKERS = 100_000;

export const HELP = `Usage: node bench/simulate.ts [option]...

Predicts how long runs wait in installations that are not here, by simulating each run from its arrival to its answer with the times that
"npm run bench -- --only combinations" measured. With --check it is held against a real installation on this machine.

  --times FILE         figures of the benchmark (default: ${DEFAULTS.times})
  --broker NAME        ${BROKERS.join(' or ')}: whose figures, or what is started for the check (default: ${BROKERS[0]})
  --workers LIST       installations (default: ${DEFAULTS.workers})
  --load LIST          shares of what the workers' processors can carry (default: ${DEFAULTS.load})
  --scenario LIST      ${SCENARIOS.join(', ')} (default: all)
                       bursty: threefold rate in a tenth of the time; failing: each worker is lost every ten minutes;
                       flooded: one owner sends nine of ten runs as batch, and the figures are the other owner's
  --slots N            runs at once on each worker (default: ${DEFAULTS.slots})
  --cores N            of each worker's machine (default: ${DEFAULTS.cores})
  --target N           runs a second to plan cells for (default: ${DEFAULTS.target})
  --database-cores N   of the database of a cell (default: ${DEFAULTS['database-cores']})
  --seed N             the same seed gives the same figures (default: ${DEFAULTS.seed})
  --runs N             in each prediction (default: ${DEFAULTS.runs})
  --check              start a database, a broker, an API process and workers here, and compare
  --rounds N           of the check (default: ${DEFAULTS.rounds})
  --seconds N          of each load in a round of the check (default: ${DEFAULTS.seconds})
  --json FILE          everything, as JSON
  --markdown           the tables of docs/scale.md
  --help               this

Examples:
  npm run bench -- --only combinations && node bench/simulate.ts --markdown
  node bench/simulate.ts --workers 20 --load 0.9 --scenario bursty,failing
  node bench/simulate.ts --target 250000 --database-cores 64
  node bench/simulate.ts --check --broker rabbitmq --json check.json
`;

export function parseSimulateOptions(args: readonly string[]): ParsedSimulateOptions {
  try {
    return parse(args);
  } catch (error) {
    return {kind: 'wrong', message: error instanceof Error ? error.message : String(error)};
  }
}

function parse(args: readonly string[]): ParsedSimulateOptions {
  const text = (name: keyof typeof DEFAULTS) => ({type: 'string', default: DEFAULTS[name]}) as const;
  const {values} = parseArgs({
    args: [...args],
    options: {
      times: text('times'),
      broker: {type: 'string', default: BROKERS[0]},
      workers: text('workers'),
      load: text('load'),
      scenario: {type: 'string', default: SCENARIOS.join(',')},
      slots: text('slots'),
      cores: text('cores'),
      target: text('target'),
      'database-cores': text('database-cores'),
      seed: text('seed'),
      runs: text('runs'),
      rounds: text('rounds'),
      seconds: text('seconds'),
      check: {type: 'boolean', default: false},
      json: {type: 'string'},
      markdown: {type: 'boolean', default: false},
      help: {type: 'boolean', default: false, short: 'h'},
    },
  });
  if (values.help) return {kind: 'help'};
  const broker = BROKERED.find(({kind}) => kind === oneOf('--broker', values.broker, BROKERS));
  if (broker === undefined) throw new RangeError(`Cannot use --broker ${values.broker}: there is none.`);
  return {
    kind: 'run',
    options: {
      timesFile: values.times,
      broker,
      workers: list(values.workers).map((each) => whole('--workers', each, MOST_WORKERS)),
      loads: list(values.load).map(load),
      scenarios: list(values.scenario).map((each) => oneOf('--scenario', each, SCENARIOS)),
      slots: whole('--slots', values.slots, 1_000),
      cores: whole('--cores', values.cores, 1_000),
      target: whole('--target', values.target, Number.MAX_SAFE_INTEGER),
      databaseCores: whole('--database-cores', values['database-cores'], 1_000),
      seed: whole('--seed', values.seed, 2 ** 31),
      runs: whole('--runs', values.runs, MOST_RUNS),
      isCheck: values.check,
      rounds: whole('--rounds', values.rounds, 100),
      durationMs: whole('--seconds', values.seconds, 3_600) * 1_000,
      jsonFile: values.json ?? null,
      isMarkdown: values.markdown,
    },
  };
}

function list(text: string): string[] {
  return text.split(',').map((each) => each.trim());
}

function whole(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1 && value <= most && /^\d+$/.test(text)) return value;
  throw new RangeError(`Cannot use ${flag} ${text}: it must be a whole number from 1 to ${most}.`);
}

/** With all of it used the queue grows for ever, and there is nothing to predict. */
function load(text: string): number {
  const value = Number(text);
  if (text !== '' && value > 0 && value < 1) return value;
  throw new RangeError(`Cannot use --load ${text}: it must be between 0 and 1.`);
}

function oneOf<Name extends string>(flag: string, text: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === text);
  if (found !== undefined) return found;
  throw new RangeError(`Cannot use ${flag} ${text}: it must be of ${known.join(', ')}.`);
}

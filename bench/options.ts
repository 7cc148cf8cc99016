import {parseArgs} from 'node:util';
import {DRIVER_NAMES, type DriverName, nearestName} from '@sandglass/protocol';
import {HTTP_PEERS, type PeerChoice, PROCESS_PEERS} from './subjects/open-peer.ts';
import {WORKLOAD_IDS} from './workloads.ts';

export const SECTIONS = [
  ...WORKLOAD_IDS,
  'throughput',
  'sandboxes',
  'density',
  'timing',
  'live',
  'memory',
  'combinations',
  'levels',
] as const;
export type Section = (typeof SECTIONS)[number];

/** What is measured, how much, and where it goes. */
export interface BenchOptions {
  /** Rounds of the latency comparison; each runs every case once, in an order of its own. */
  readonly rounds: number;
  /** Starts of a case within a round; a case that takes long has fewer. */
  readonly startsPerRound: number;
  /** How long each throughput is kept up, in milliseconds. */
  readonly throughputMs: number;
  /** Runs after which the server's memory is looked at. */
  readonly memoryRuns: number;
  /** Runs of the CPU-bound program, by hand and through the server each. */
  readonly timingRuns: number;
  readonly idleSandboxes: number;
  readonly sections: ReadonlySet<Section>;
  readonly peers: readonly PeerChoice[];
  /** `auto`: the server's default. */
  readonly levels: readonly ('auto' | DriverName)[];
  readonly jsonFile: string | null;
  readonly htmlFile: string | null;
  readonly isMarkdown: boolean;
}

export type ParsedOptions =
  | {readonly kind: 'run'; readonly options: BenchOptions}
  | {readonly kind: 'help'}
  | {readonly kind: 'wrong'; readonly message: string};

const STANDARD = {
  rounds: 20,
  startsPerRound: 10,
  throughputMs: 8000,
  memoryRuns: 2000,
  timingRuns: 30,
  idleSandboxes: 500,
};
const QUICK = {
  rounds: 4,
  startsPerRound: 5,
  throughputMs: 2000,
  memoryRuns: 500,
  timingRuns: 10,
  idleSandboxes: 100,
};
const LONG_MEMORY_RUNS = 20_000;

/** What is measured of levels that were named: the other parts would take hours where instructions are translated. */
const LEVEL_SECTIONS: readonly Section[] = ['python', 'levels'];

export const HELP = `Usage: npm run bench -- [option]...

Compares programs started by hand, through Sandglass over HTTP, and through every peer that is here, in one run on one machine, and prints
each performance aim with the ratio that came out.

  --quick             a glance: fewer rounds (wide intervals)
  --only NAMES        some parts: ${SECTIONS.join(', ')}
  --peer NAME         one more peer; repeatable. ${PROCESS_PEERS.join(', ')} are looked for in PATH also without it (docker is not:
                      it is slow), ${HTTP_PEERS.map((name) => `${name}=URL`).join(', ')} are running servers
  --no-peers          Sandglass and the bare machine only
  --isolation LEVELS  Sandglass at these levels: ${DRIVER_NAMES.join(', ')} (default: the server's own default).
                      Without --only: ${LEVEL_SECTIONS.join(', ')}. As root; brings a Docker daemon and an image of its own
  --long              the server's memory over ${LONG_MEMORY_RUNS} runs
  --json FILE         everything measured (default: test-output/bench.json)
  --html FILE         a report with plots, in one file (default: test-output/bench.html)
  --markdown          print the tables of docs/performance.md instead of text
  --help              this

Examples:
  npm run bench
  npm run bench -- --quick --only python,c
  npm run bench -- --peer docker --peer go-judge=http://localhost:5050 --html compared.html
  npm run bench -- --isolation linux,docker,gvisor,microvm
  npm run bench -- --isolation linux,docker --only python,throughput
  npm run bench -- --only combinations
  npm run bench -- --markdown > table.md
`;

/** Peers that are looked for without being asked for: they cost nothing when they are not there and little when they are. */
const USUAL_PEERS: readonly PeerChoice[] = [{kind: 'bwrap'}, {kind: 'isolate'}];

export function parseBenchOptions(args: readonly string[]): ParsedOptions {
  try {
    return parse(args);
  } catch (error) {
    return {kind: 'wrong', message: error instanceof Error ? error.message : String(error)};
  }
}

function parse(args: readonly string[]): ParsedOptions {
  const {values} = parseArgs({
    args: [...args],
    options: {
      quick: {type: 'boolean', default: false},
      long: {type: 'boolean', default: false},
      only: {type: 'string', multiple: true, default: []},
      peer: {type: 'string', multiple: true, default: []},
      'no-peers': {type: 'boolean', default: false},
      isolation: {type: 'string'},
      json: {type: 'string'},
      html: {type: 'string'},
      markdown: {type: 'boolean', default: false},
      help: {type: 'boolean', default: false, short: 'h'},
    },
  });
  if (values.help) return {kind: 'help'};
  const base = values.quick ? QUICK : STANDARD;
  const usualParts = values.isolation === undefined ? SECTIONS : LEVEL_SECTIONS;
  const asked = values.peer.map(parsePeer);
  const usual = USUAL_PEERS.filter(({kind}) => !asked.some((peer) => peer.kind === kind));
  return {
    kind: 'run',
    options: {
      ...base,
      memoryRuns: values.long ? LONG_MEMORY_RUNS : base.memoryRuns,
      sections: new Set(
        values.only.length === 0 ? usualParts : names('--only', values.only.join(','), SECTIONS),
      ),
      peers: values['no-peers'] ? [] : [...usual, ...asked],
      levels: names('--isolation', values.isolation ?? 'auto', ['auto', ...DRIVER_NAMES]),
      jsonFile: values.json ?? null,
      htmlFile: values.html ?? null,
      isMarkdown: values.markdown,
    },
  };
}

function names<Name extends string>(flag: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((name) => {
    const found = known.find((each) => each === name.trim());
    if (found !== undefined) return found;
    const near = nearestName(name, known);
    throw new RangeError(
      `Cannot use ${flag} ${name}: it must be of ${known.join(', ')}.${near === null ? '' : ` Did you mean ${near}?`}`,
    );
  });
}

function parsePeer(text: string): PeerChoice {
  const [name = '', ...rest] = text.split('=');
  const process = PROCESS_PEERS.find((peer) => peer === name);
  if (process !== undefined && rest.length === 0) return {kind: process};
  const http = HTTP_PEERS.find((peer) => peer === name);
  const url = rest.join('=');
  if (http !== undefined && /^https?:$/.test(URL.parse(url)?.protocol ?? '')) return {kind: http, url};
  throw new RangeError(
    `Cannot use --peer ${text}: it must be ${PROCESS_PEERS.join(', ')}, or ${HTTP_PEERS.map((peer) => `${peer}=URL`).join(', ')} with an http address.`,
  );
}

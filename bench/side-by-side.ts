import type {BareStarter} from './bare.ts';
import {openRunPoster} from './http.ts';
import {type Percentiles, percentiles} from './percentiles.ts';
import type {BenchProgram} from './programs.ts';

/** One program both ways. */
export interface Comparison {
  readonly name: string;
  readonly bare: Percentiles;
  readonly http: Percentiles;
}

interface Case {
  readonly measure: (starts: number) => Promise<number[]>;
  readonly samples: number[];
}

/**
 * Measures each program started by hand and through the server in the same minutes: every round runs all cases, in an order
 * drawn anew, so that whatever else the machine does falls on all of them alike. The first start of each case warms up
 * (files in the page cache, the compile in ours) and is not counted.
 */
export async function compareSideBySide(
  programs: readonly (readonly [BenchProgram, BareStarter])[],
  {
    url,
    rounds,
    startsPerRound,
  }: {readonly url: string; readonly rounds: number; readonly startsPerRound: number},
): Promise<Comparison[]> {
  using poster = openRunPoster(url, 1);
  const pairs = programs.map(([program, bare]) => ({
    name: program.name,
    bare: {measure: bare, samples: []} as Case,
    http: {measure: (starts) => repeat(starts, () => poster.post(program.request)), samples: []} as Case,
  }));
  const cases = pairs.flatMap(({bare, http}) => [bare, http]);
  for (const {measure} of cases) await measure(1);
  for (let round = 0; round < rounds; round++) {
    for (const {measure, samples} of shuffled(cases)) samples.push(...(await measure(startsPerRound)));
  }
  return pairs.map(({name, bare, http}) => ({
    name,
    bare: percentiles(bare.samples),
    http: percentiles(http.samples),
  }));
}

async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) results.push(await work());
  return results;
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T]; // Both indices lie within the array.
  }
  return copy;
}

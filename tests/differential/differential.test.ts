import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createEngine, type Engine} from '@sandglass/engine';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Visible} from './program.ts';
import {DIFFERENTIAL_SETS} from './programs/all.ts';
import {runByHand} from './support/by-hand.ts';
import {normalised} from './support/normalised.ts';
import {planProgram} from './support/plan-program.ts';
import {runThroughEngine} from './support/through-engine.ts';

/** As an engine works by default, with runtimes and compilers that waited for the program, and with everything started when it comes. */
const MODES = [
  {mode: 'by default', primedLanguages: undefined},
  {mode: 'with priming off', primedLanguages: []},
] as const;

/** Hundreds of starts, on a machine that may do other things as well. */
const ALL_STARTS_MS = 900_000;

let folder: string;
const byHand = new Map<string, Visible[]>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-differential-'));
});
afterAll(async () => {
  await rm(folder, {recursive: true, force: true});
});

describe.each(MODES)('a run $mode', ({primedLanguages}) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({dataDir: folder, primedLanguages});
  }, ALL_STARTS_MS);
  afterAll(() => engine?.[Symbol.asyncDispose]());

  describe.each(DIFFERENTIAL_SETS)('in $language', ({language, programs}) => {
    let expected: Visible[];
    let actual: Visible[];
    beforeAll(async () => {
      const planned = programs.map((program) => planProgram(engine.languages, language, program));
      expected = byHand.get(language) ?? (await runByHand(planned));
      byHand.set(language, expected);
      actual = await runThroughEngine(engine, planned);
    }, ALL_STARTS_MS);

    it.each(programs.map(({title}, index) => ({title, index})))(
      'shows the same as a start by hand: $title',
      ({index}) => {
        const [wanted, shown] = [expected[index], actual[index]];
        expect(wanted && shown).toBeDefined();
        if (wanted && shown) expect(normalised(shown)).toEqual(normalised(wanted));
      },
    );
  });

  it.runIf(primedLanguages === undefined)(
    'has what waits for a program in every language that gains by it',
    () => {
      const ready = engine.primed
        .filter(({failure}) => failure === null)
        .map(({id}) => id.replace(/@\S+/, ''));
      const expected = ['python', 'javascript', 'typescript', 'php', 'java', 'java compiler'];
      expect(ready).toEqual(expect.arrayContaining(expected));
    },
  );
});

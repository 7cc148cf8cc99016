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

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-differential-'));
  engine = await createEngine({dataDir: folder});
});
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  await rm(folder, {recursive: true, force: true});
});

describe.each(DIFFERENTIAL_SETS)('$language', ({language, programs}) => {
  let byHand: Visible[];
  let throughEngine: Visible[];
  beforeAll(async () => {
    const planned = programs.map((program) => planProgram(engine.languages, language, program));
    byHand = await runByHand(planned);
    throughEngine = await runThroughEngine(engine, planned);
  });

  it.each(programs.map(({title}, index) => ({title, index})))(
    'shows the same as a start by hand: $title',
    ({index}) => {
      const [expected, actual] = [byHand[index], throughEngine[index]];
      expect(expected && actual).toBeDefined();
      if (expected && actual) expect(normalised(actual)).toEqual(normalised(expected));
    },
  );
});

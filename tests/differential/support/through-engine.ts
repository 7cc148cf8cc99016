import type {Engine} from '@sandglass/engine';
import type {Step} from '@sandglass/protocol';
import type {ProgramEnd, Visible} from '../program.ts';
import type {PlannedProgram} from './plan-program.ts';

const WIDTH = 4;

/** Runs all programs through an engine, at most four at once. */
export async function runThroughEngine(
  engine: Engine,
  programs: readonly PlannedProgram[],
): Promise<Visible[]> {
  const results: Visible[] = [];
  const queue = programs.entries();
  const worker = async () => {
    for (const [index, {request}] of queue) {
      const {compile, run} = await engine.run(request);
      results[index] = {compile: compile && end(compile), run: run && end(run)};
    }
  };
  await Promise.all(Array.from({length: WIDTH}, worker));
  return results;
}

function end({stdout, stderr, exitCode, signal}: Step): ProgramEnd {
  return {stdout, stderr, exitCode, signal};
}

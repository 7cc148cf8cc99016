/**
 * A program and an interactor, each in its own sandbox, their stdin and stdout crossed. Bytes go over only as fast as the other side
 * reads. When one side ends the other gets end of file; an interactor that says "wrong" ends the program with it. If both wait for
 * each other, wall time ends the program first: the interactor has a little more, so that it still can say something.
 */

import type {TestSpec} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import type {InteractiveProgram} from '../interaction.ts';
import type {StageContext} from '../pipeline/compile-program.ts';
import type {Job} from '../pipeline/job.ts';
import {type RunEnd, runStage} from '../pipeline/run-stage.ts';
import {type JudgeVerdict, type ReadyJudge, runJudge} from './judge-program.ts';
import {Transcript} from './transcript.ts';

export interface InteractionEnd {
  readonly end: RunEnd;
  readonly verdict: JudgeVerdict;
  /** Who ended first; what the other did afterwards may follow from it. */
  readonly first: 'program' | 'interactor';
  readonly transcript: string;
}

const INTERACTOR_GRACE_MS = 1000;

export async function interact(
  program: {readonly job: Job; readonly compiled: readonly SandboxFile[]; readonly pinnedCpu: number | null},
  {interactor, test}: {readonly interactor: ReadyJudge; readonly test: TestSpec},
  context: StageContext,
): Promise<InteractionEnd> {
  const ending = new AbortController();
  const signal =
    context.signal === undefined ? ending.signal : AbortSignal.any([context.signal, ending.signal]);
  const within = {...context, signal};
  const transcript = new Transcript();
  const sides = {program: new Side(), interactor: new Side()};
  let first: 'program' | 'interactor' | null = null;

  const runProgram = async (): Promise<RunEnd> => {
    const end = await runStage(program.job, program.compiled, {
      ...within,
      interaction: sides.program.interaction,
      onOutput: (stream, data) => {
        if (stream === 'stderr') return undefined;
        transcript.add('program', data);
        return sides.interactor.write(data);
      },
      pinnedCpu: program.pinnedCpu,
    });
    first ??= 'program';
    sides.program.close();
    sides.interactor.end();
    return end;
  };
  const runInteractor = async (): Promise<JudgeVerdict> => {
    const {verdict} = await runJudge(
      interactor,
      {
        test,
        actual: null,
        wallTimeMs: test.limits.wallTimeMs + INTERACTOR_GRACE_MS,
        interaction: sides.interactor.interaction,
        onOutput: (stream, data) => {
          if (stream === 'stderr') return undefined;
          transcript.add('interactor', data);
          return sides.program.write(data);
        },
      },
      within,
    );
    first ??= 'interactor';
    sides.interactor.close();
    sides.program.end();
    if (verdict.kind !== 'accepted' && first === 'interactor') ending.abort();
    return verdict;
  };
  try {
    const [end, verdict] = await Promise.all([runProgram(), runInteractor()]);
    return {end, verdict, first: first ?? 'program', transcript: transcript.text};
  } finally {
    // A fault on one side must not leave the other waiting for it.
    ending.abort();
    sides.program.close();
    sides.interactor.close();
  }
}

/** One program's stdin, which may be written to before the program is there and after it has gone. */
class Side {
  readonly #program = Promise.withResolvers<InteractiveProgram | null>();
  readonly interaction = {
    terminal: null,
    onProgram: (program: InteractiveProgram) => this.#program.resolve(program),
  };

  async write(data: Uint8Array): Promise<void> {
    await (await this.#program.promise)?.write(data);
  }

  end(): void {
    void this.#program.promise.then((program) => program?.end());
  }

  /** The program will not come, or has gone: what is written is dropped. */
  close(): void {
    this.#program.resolve(null);
  }
}

import type {RunRequest, RunResult} from '@sandglass/protocol';
import {afterAll, beforeAll, expect} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine, ExecuteOptions} from '../../src/engine.ts';
import {type TemporaryFolder, temporaryFolder} from './temporary-folder.ts';

/** An engine over the real driver for all tests of a file. */
export interface RealEngine {
  readonly engine: Engine;
  run(request: RunRequest, options?: Partial<ExecuteOptions>): Promise<RunResult>;
}

/** Starts it before the file's first test; after the last one it is closed, and none of its sandboxes may be left. */
export function useRealEngine(): RealEngine {
  let folder: TemporaryFolder;
  let engine: Engine;
  beforeAll(async () => {
    folder = await temporaryFolder();
    engine = await createEngine({dataDir: folder.path});
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
    expect(engine.poolStats).toMatchObject({ready: 0, creating: 0, inUse: 0, waiting: 0});
  });
  return {
    get engine() {
      return engine;
    },
    run: (request, options) => engine.run(request, options),
  };
}

import {RECIPES} from '@sandglass/languages';
import {DEFAULT_REQUEST_POLICY, parseRunRequest, SandglassError} from '@sandglass/protocol';
import {expect, it} from 'vitest';
import {compileKey} from '../../src/cache/compile-key.ts';
import {COMPILED_CODEC, type KeptCompile} from '../../src/cache/compiled-codec.ts';
import {DiskStore} from '../../src/cache/disk-store.ts';
import {TieredCache} from '../../src/cache/tiered-cache.ts';
import {SILENT_LOG} from '../../src/engine-log.ts';
import {CompileStage} from '../../src/pipeline/compile-stage.ts';
import {planJob} from '../../src/pipeline/job.ts';
import {PrimedRuntimes} from '../../src/pipeline/primed-runtimes.ts';
import {SandboxKeeper} from '../../src/pipeline/sandbox-keeper.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/** A keeper over a pool that has no sandbox for anybody. */
function keeperWithoutSandboxes(): SandboxKeeper {
  const refuse = () => Promise.reject(new SandglassError('server-full', 'There is no sandbox.'));
  return new SandboxKeeper({
    pool: {
      acquire: refuse,
      keepPrimed: () => undefined,
      primed: [],
      stats: {ready: 0, creating: 0, inUse: 0, waiting: 0, target: 0},
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    log: SILENT_LOG,
    readRelay: () => Promise.reject(new Error('no relay')),
    network: {allowInternet: false, allow: []},
    grants: new Map(),
    runtimes: new PrimedRuntimes(),
  });
}

it('a program that is in the cache, in memory or on disk, takes no sandbox to compile', async () => {
  await using folder = await temporaryFolder();
  const openCache = async () =>
    new TieredCache<KeptCompile>({
      disk: await DiskStore.open(folder.path, {maxBytes: 1_000_000}),
      shared: null,
      codec: COMPILED_CODEC,
      memoryBytes: 1_000_000,
      log: SILENT_LOG,
    });
  const recipe = RECIPES.find(({id}) => id === 'c');
  if (recipe?.compile === undefined) throw new TypeError('C does not compile.');
  const toolchain = {name: 'gcc', version: '12.2.0', digest: 'digest'};
  const job = planJob(
    parseRunRequest({language: 'c', code: 'int main(void) {}'}, DEFAULT_REQUEST_POLICY),
    {resolve: () => ({recipe, toolchain})},
    {isLive: false},
  );
  if (job.compilePlan === null) throw new TypeError('C has no compile plan.');
  const compileJob = {...job, compilePlan: job.compilePlan};
  const context = {
    keeper: keeperWithoutSandboxes(),
    image: {name: 'host'},
    signal: undefined,
    onStage: undefined,
  };
  const program: KeptCompile = {kind: 'program', step: null, diagnostics: [], files: []};
  {
    await using cache = await openCache();
    const stage = new CompileStage(cache, null);
    await expect(stage.compile(compileJob, context)).rejects.toMatchObject({code: 'server-full'});
    cache.put(compileKey(compileJob), program);
    expect(await stage.compile(compileJob, context)).toEqual({compiled: program, isCached: true});
  }
  await using later = await openCache();
  const stage = new CompileStage(later, null);
  expect(await stage.compile(compileJob, context)).toEqual({compiled: program, isCached: true});
});

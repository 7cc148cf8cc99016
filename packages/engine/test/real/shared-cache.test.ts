import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {RedisService} from '../../../../tests/services/redis-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const SECRET = 'a secret of more than thirty-two characters';
const program = (text: string) => ({
  language: 'c',
  code: `#include <stdio.h>\nint main(void) { puts("${text}"); }\n`,
});

describeWith(['redis-server'], 'a shared compile cache', () => {
  it('saves a worker the compiles of the others, and fails no run when it is gone', async () => {
    await using redis = await RedisService.start();
    await using folder = await temporaryFolder();
    const asWorker = async (work: (engine: Engine) => Promise<void>) => {
      await using engine = await createEngine({
        dataDir: folder.path,
        sharedCache: {url: redis.url, secret: SECRET},
        pool: {floor: 1},
      });
      await work(engine);
    };
    await asWorker(async (engine) => {
      expect(await engine.run(program('shared'))).toMatchObject({outcome: 'ok', cached: {compile: false}});
    });
    // Nothing is left of the first worker but what it shared.
    await rm(join(folder.path, 'cache'), {recursive: true});
    await asWorker(async (engine) => {
      const second = await engine.run(program('shared'));
      expect(second).toMatchObject({outcome: 'ok', cached: {compile: true}, run: {stdout: 'shared\n'}});
      await redis.kill();
      expect(await engine.run(program('alone'))).toMatchObject({outcome: 'ok', run: {stdout: 'alone\n'}});
      expect(await engine.run(program('shared'))).toMatchObject({cached: {compile: true}});
    });
  });
});

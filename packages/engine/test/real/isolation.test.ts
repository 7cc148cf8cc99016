import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {DockerDaemon, hasDocker} from '../../../sandbox/test/drivers/docker/support/docker-daemon.ts';
import {hasGvisor} from '../../../sandbox/test/drivers/gvisor/support/gvisor-setup.ts';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';
import {type TemporaryFolder, temporaryFolder} from '../support/temporary-folder.ts';

const HELLO = {language: 'python', code: 'print("hello")'} as const;
const LEVELS = hasGvisor ? (['linux', 'docker', 'gvisor'] as const) : (['linux', 'docker'] as const);
const STRONGEST = LEVELS.at(-1) ?? '';

describe.skipIf(!hasDocker)('one engine with several isolation levels', () => {
  let daemon: DockerDaemon;
  let folder: TemporaryFolder;
  let engine: Engine;
  beforeAll(async () => {
    daemon = await DockerDaemon.start();
    folder = await temporaryFolder();
    engine = await createEngine({
      dataDir: folder.path,
      isolation: {allowed: LEVELS},
      docker: {socketPath: daemon.socketPath},
      gvisor: {runDir: folder.path},
      languages: ['python', 'c'],
      pool: {floor: 1},
    });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    expect(daemon.traces()).toEqual([]);
    await daemon[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it.each(LEVELS)('runs programs at the level %s, and says what was enforced', async (level) => {
    const result = await engine.run({...HELLO, isolation: level});
    expect(result).toMatchObject({outcome: 'ok', run: {stdout: 'hello\n'}, isolation: {driver: level}});
    expect(result.isolation.enforced).toEqual(expect.arrayContaining(['memory', 'cpu']));
  });

  it('gives a run that names none the strongest', async () => {
    expect((await engine.run(HELLO)).isolation.driver).toBe(STRONGEST);
    expect(engine.levels.find((facts) => facts.kind === 'available' && facts.isDefault)?.name).toBe(
      STRONGEST,
    );
  });

  it.each(LEVELS)('compiles and runs, and ends what breaks a limit, at the level %s', async (level) => {
    const c = (code: string, limits = {}) => engine.run({language: 'c', code, isolation: level, limits});
    const program =
      '#include <stdio.h>\nint main(void) { int n = 0; scanf("%d", &n); printf("%d\\n", n * 2); }';
    const doubled = await engine.run({language: 'c', code: program, stdin: '21', isolation: level});
    expect(doubled).toMatchObject({outcome: 'ok', run: {stdout: '42\n'}, isolation: {driver: level}});
    expect(await c('int main(void) { for (;;); }', {wallTimeMs: 300})).toMatchObject({
      outcome: 'time-limit',
    });
    const hungry =
      '#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }';
    expect(await c(hungry, {memoryBytes: 32 * 1024 * 1024})).toMatchObject({outcome: 'memory-limit'});
  });

  it('keeps the results of levels apart, as each says what was enforced', async () => {
    const request = {...HELLO, code: 'print("kept")', cache: 'result'} as const;
    for (const isCached of [false, true])
      for (const level of LEVELS) {
        const result = await engine.run({...request, isolation: level});
        expect(result).toMatchObject({isolation: {driver: level}, cached: {result: isCached}});
      }
  });

  it('starts without a level that it cannot have, and says why, unless that is the default', async () => {
    await using other = await temporaryFolder();
    const options = {
      dataDir: other.path,
      docker: {socketPath: '/no/such/docker.sock'},
      languages: ['python'],
      pool: {floor: 1},
    };
    await using partial = await createEngine({...options, isolation: {allowed: ['linux', 'docker']}});
    expect((await partial.run(HELLO)).isolation.driver).toBe('linux');
    await expect(partial.run({...HELLO, isolation: 'docker'})).rejects.toMatchObject({
      code: 'isolation-unavailable',
      message: expect.stringContaining('/no/such/docker.sock'),
    });
    await expect(
      createEngine({...options, isolation: {allowed: ['linux', 'docker'], default: 'docker'}}),
    ).rejects.toMatchObject({code: 'isolation-unavailable'});
  });
});

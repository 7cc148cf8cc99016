import {rm, writeFile} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {COMPILED_CODEC, type KeptCompile} from '../../src/cache/compiled-codec.ts';
import {contentKey} from '../../src/cache/content-key.ts';
import {DiskStore} from '../../src/cache/disk-store.ts';
import {TieredCache} from '../../src/cache/tiered-cache.ts';
import {OutputCapture} from '../../src/output/output-capture.ts';
import {toStep} from '../../src/output/step.ts';
import {exitReport} from '../support/exit-report.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const KEY = contentKey(['key']);
const STEP = toStep(exitReport(), new OutputCapture(1));

const PROGRAM: KeptCompile = {
  kind: 'program',
  step: STEP,
  diagnostics: [{file: 'main.c', line: 1, severity: 'warning', message: 'unused'}],
  files: [
    {path: '.sandglass/program', content: Buffer.from([0, 1, 2, 255]), mode: 0o755},
    {path: '.sandglass/empty', content: Buffer.alloc(0), mode: 0o644},
  ],
};

const REFUSED: KeptCompile = {
  kind: 'refused',
  step: STEP,
  diagnostics: [],
  explanation: {code: 'compile-error', message: 'no'},
  isRepeatable: true,
};

function warnings() {
  const messages: string[] = [];
  const log = {
    info: () => undefined,
    error: () => undefined,
    warn: (_: object, text: string) => void messages.push(text),
  };
  return {messages, log};
}

async function openCache(folder: string, memoryBytes = 1_000_000) {
  const {log, messages} = warnings();
  const disk = await DiskStore.open(folder, {maxBytes: 1_000_000});
  return {cache: new TieredCache({disk, shared: null, codec: COMPILED_CODEC, memoryBytes, log}), messages};
}

describe('TieredCache', () => {
  it.each([PROGRAM, REFUSED])('gives a compile ($kind) back from disk exactly as it was', async (value) => {
    await using folder = await temporaryFolder();
    {
      const {cache} = await openCache(folder.path);
      await using _ = cache;
      cache.put(KEY, value);
      expect(cache.peek(KEY)).toBe(value);
    }
    const later = await openCache(folder.path);
    expect(later.cache.peek(KEY)).toBeNull();
    expect(await later.cache.get(KEY)).toEqual(value);
    expect(later.cache.peek(KEY)).not.toBeNull();
  });

  it('serves what is too large for memory from disk', async () => {
    await using folder = await temporaryFolder();
    const {cache} = await openCache(folder.path, 1);
    cache.put(KEY, PROGRAM);
    await cache[Symbol.asyncDispose]();
    expect(cache.peek(KEY)).toBeNull();
    expect(await cache.get(KEY)).toEqual(PROGRAM);
  });

  it('goes on without its disk, and says so', async () => {
    await using folder = await temporaryFolder();
    const {cache, messages} = await openCache(folder.path, 1);
    await rm(folder.path, {recursive: true});
    await writeFile(folder.path, 'in the way');
    cache.put(KEY, PROGRAM);
    await cache[Symbol.asyncDispose]();
    expect(await cache.get(KEY)).toBeNull();
    expect(messages.length).toBe(2);
  });
});

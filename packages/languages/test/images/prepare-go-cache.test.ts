import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {prepareGoCache} from '../../src/images/prepare-go-cache.ts';

describe("Go's standard library", () => {
  let folder: string;
  let messages: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandglass-go-'));
    messages = [];
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  /** A stand-in for a Go without a compiled library, which takes half a minute and is not what every host has. */
  async function goThat(script: string): Promise<string> {
    const program = join(folder, 'root/bin/go');
    await mkdir(join(folder, 'root/bin'), {recursive: true});
    await writeFile(program, `#!/bin/sh\n${script}\n`, {mode: 0o755});
    return program;
  }

  const prepare = (program: string) =>
    prepareGoCache({
      folder: join(folder, 'cache'),
      program,
      onProgress: (message) => messages.push(message),
      signal: undefined,
    });

  const COMPILES = 'test "$*" = "build std" && mkdir -p "$GOCACHE/00" && echo a > "$GOCACHE/00/a"';

  test('is compiled once for each Go, and the library of a replaced Go is removed', async () => {
    const first = await prepare(await goThat(COMPILES));
    expect(await prepare(join(folder, 'root/bin/go'))).toBe(first);
    expect(messages).toHaveLength(1);
    const second = await prepare(await goThat(`${COMPILES} # another build`));
    expect(second).not.toBe(first);
    expect(existsSync(join(second ?? '', '00/a'))).toBe(true);
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
  });

  test('is left alone where Go brings it', async () => {
    const program = await goThat('exit 1');
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const library = join(folder, 'root/pkg', `linux_${architecture}`);
    await mkdir(library, {recursive: true});
    await writeFile(join(library, 'fmt.a'), '');
    expect(await prepare(program)).toBeNull();
    expect(messages).toEqual([]);
  });

  test('is done without when it cannot be compiled, which is said, and nothing is left behind', async () => {
    expect(await prepare(await goThat('echo broken >&2; exit 1'))).toBeNull();
    expect(messages.at(-1)).toMatch(/Go builds take longer: .*broken/s);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('is not looked for without Go', async () => {
    expect(await prepare(join(folder, 'no/such/go'))).toBeNull();
    expect(messages).toEqual([]);
  });
});

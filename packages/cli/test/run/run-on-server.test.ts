import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempDisposable, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {SandglassClient} from '@sandglass/client';
import {expect, test} from 'vitest';
import {sandglass} from '../support/sandglass.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** `sandglass serve` in a process of its own, stopped on disposal. */
async function startServer(dataDir: string) {
  const args = [MAIN, 'serve', '--port', '0', '--log-level', 'silent', '--data-dir', dataDir];
  const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
  const lines = createInterface({input: child.stdout});
  const [line] = await once(lines, 'line');
  return {
    line: String(line),
    url: String(line).replace('Sandglass is ready at ', ''),
    exit: () => once(child, 'exit'),
    child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

test('row 48: a run on a server has the same output and exit code as one here', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));
  await writeFile(join(folder.path, 'a.sh'), 'cat; echo err >&2; exit 7');
  await using server = await startServer(join(folder.path, 'data'));
  const options = {cwd: folder.path, stdin: 'grüße\n'};
  const here = await sandglass(['run', 'a.sh'], options);
  const there = await sandglass(['run', 'a.sh', '--server', server.url], options);
  expect(there).toEqual(here);
  expect(there.exitCode).toBe(7);
  const named = await sandglass(['languages', '--json'], {env: {SANDGLASS_SERVER: server.url}});
  expect(JSON.parse(named.stdout)).toEqual(expect.arrayContaining([expect.objectContaining({id: 'bash'})]));
});

test('Ctrl-C cancels a run on a server', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));
  await writeFile(join(folder.path, 'a.sh'), 'echo started; sleep 60');
  await using server = await startServer(join(folder.path, 'data'));
  const result = await sandglass(['run', 'a.sh', '--server', server.url], {
    cwd: folder.path,
    when: {prints: 'started', act: (child) => child.kill('SIGINT')},
  });
  expect(result.exitCode).toBe(130);
  const {runs} = await new SandglassClient({baseUrl: server.url}).list();
  expect(runs).toMatchObject([{state: 'finished', outcome: 'cancelled'}]);
});

test('row 55: serve says in one line when it is ready, and ends with 0 when asked to stop', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));
  await using server = await startServer(join(folder.path, 'data'));
  expect(server.line).toMatch(/^Sandglass is ready at http:\/\/127\.0\.0\.1:\d+$/);
  server.child.kill('SIGTERM');
  expect(await server.exit()).toEqual([0, null]);
});

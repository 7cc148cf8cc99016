import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

test('a command whose reader has gone away ends quietly', async () => {
  const child = spawn(process.execPath, [MAIN, 'config'], {stdio: ['ignore', 'pipe', 'pipe']});
  child.stdout.destroy();
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
});

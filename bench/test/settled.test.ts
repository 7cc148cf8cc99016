import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtempDisposable} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {settled} from '../settled.ts';

it('a server is at rest only when those that it has started are, too', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-settled-'));
  const done = join(folder.path, 'done');
  // A child of a child goes from one short program to the next; then all of them only wait.
  const busy = `i=0; while [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done; : > ${done}; exec sleep 600`;
  const server = spawn('/bin/sh', ['-c', `(${busy}) & wait`], {stdio: 'ignore', detached: true});
  await once(server, 'spawn');
  const {pid} = server;
  if (pid === undefined) throw new Error('It has no process id.');
  try {
    await settled(pid);
    expect(existsSync(done)).toBe(true);
  } finally {
    process.kill(-pid, 'SIGKILL');
    await once(server, 'exit');
  }
});

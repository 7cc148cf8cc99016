import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, it} from 'vitest';
import {temporaryFolder} from '../support/temporary-folder.ts';

it('a plain script runs a program through the package and then ends by itself', async () => {
  await using folder = await temporaryFolder();
  const script = join(import.meta.dirname, '../programs/print-one.ts');
  const {stdout, stderr} = await promisify(execFile)(process.execPath, [script, folder.path], {
    timeout: 60_000,
  });
  expect({stdout, stderr}).toEqual({stdout: 'ok 1\n\n', stderr: ''});
});

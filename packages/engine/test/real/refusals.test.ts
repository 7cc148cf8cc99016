import {chmod, mkdir} from 'node:fs/promises';
import {parseRunRequest, type RunRequest} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import {useRealEngine} from '../support/real-engine.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const real = useRealEngine();
const PYTHON = {language: 'python', code: 'print(1)'} as const;

const REFUSED: readonly (readonly [string, RunRequest, object])[] = [
  ['an unknown language', {...PYTHON, language: 'klingon'}, {code: 'unknown-language'}],
  [
    'an isolation that is not set up',
    {...PYTHON, isolation: 'microvm'},
    {code: 'isolation-unavailable', message: expect.stringContaining('"auto" or "linux"')},
  ],
  [
    'the internet',
    {...PYTHON, network: 'internet'},
    {code: 'network-not-allowed', message: expect.stringContaining('"none"')},
  ],
  ['a network target', {...PYTHON, network: {allow: ['example.org:443']}}, {code: 'network-not-allowed'}],
  [
    'an entry that is not there',
    {...PYTHON, entry: 'other.py'},
    {code: 'invalid-request', fields: [expect.objectContaining({path: '/entry'})]},
  ],
  [
    'a folder where the language keeps a file',
    {
      language: 'go',
      files: [
        {path: 'main.go', content: 'package main'},
        {path: 'go.mod/x', content: ''},
      ],
    },
    {code: 'invalid-request', fields: [expect.objectContaining({path: '/files/1/path'})]},
  ],
  [
    'a thousand files whose names no command line could hold',
    {
      language: 'c',
      files: Array.from({length: 1000}, (_, index) => ({
        path: `${'folder/'.repeat(25)}${'x'.repeat(200)}/${'y'.repeat(240)}/${'z'.repeat(240)}/${'w'.repeat(240)}/${index}.c`,
        content: '',
      })),
    },
    {code: 'invalid-request', message: expect.stringContaining('use shorter or fewer file names')},
  ],
  [
    'code that a file stands in the way of',
    {...PYTHON, files: [{path: 'main.py', content: ''}]},
    {code: 'invalid-request', fields: [expect.objectContaining({path: '/code'})]},
  ],
];

describe('what is refused before anything is started', () => {
  it.each(REFUSED)('%s', async (_, request, error) => {
    expect(() => real.engine.check(parseRunRequest(request))).toThrow(expect.objectContaining(error));
    await expect(real.run(request)).rejects.toMatchObject(error);
  });

  it('takes the isolation level that there is by its name', async () => {
    const result = await real.run({...PYTHON, isolation: 'linux'});
    expect(result).toMatchObject({outcome: 'ok', isolation: {driver: 'linux'}});
  });

  it('takes nothing after it was closed', async () => {
    await using folder = await temporaryFolder();
    const engine = await createEngine({dataDir: folder.path, pool: {floor: 1}});
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await expect(engine.run(PYTHON)).rejects.toMatchObject({code: 'shutting-down'});
  });

  it('refuses a data folder that others could plant programs in', async () => {
    await using folder = await temporaryFolder();
    await mkdir(`${folder.path}/cache/compile`, {recursive: true});
    await chmod(`${folder.path}/cache/compile`, 0o777);
    await expect(createEngine({dataDir: folder.path})).rejects.toMatchObject({code: 'configuration-invalid'});
  });
});

import {buffer} from 'node:stream/consumers';
import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ZipFile} from 'yazl';
import {Person} from '../support/person.ts';
import {TestServer} from '../support/test-server.ts';

interface Project {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly access: string;
  readonly forkedFrom: string | null;
  readonly program: {
    language: string;
    files: {path: string; content?: string; contentBase64?: string}[];
    stdin?: string;
  };
}
const programOf = (content: string, more: Record<string, unknown> = {}) => ({
  language: 'script',
  files: [{path: 'main.sc', content}],
  ...more,
});

let server: TestServer;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  const flags = {
    'accounts-mode': 'open',
    'accounts-allowance-requests-per-minute': '0',
    'accounts-projects-max-count': '30',
    'accounts-projects-max-bytes': '100000',
  };
  server = await TestServer.start({flags});
  ada = await Person.signUp(server, 'ada');
  bob = await Person.signUp(server, 'bob');
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const create = async (person: Person, content = 'first', more: Record<string, unknown> = {}) =>
  await person.json<Project>('POST', '/v1/projects', {program: programOf(content), ...more});
const save = async (
  person: Person,
  project: Project,
  content: string,
  headers: Record<string, string> = {},
) =>
  await person.send(
    'PUT',
    `/v1/projects/${project.id}`,
    {name: project.name, program: programOf(content)},
    {
      'if-match': `"${project.revision}"`,
      ...headers,
    },
  );
const share = async (project: Project, body: Record<string, unknown>) =>
  await ada.json<{linkToken: string | null}>('PUT', `/v1/projects/${project.id}/sharing`, body);

describe('row 51: a project', () => {
  it('begins with the example of its language and a friendly name', async () => {
    const project = await ada.json<Project>('POST', '/v1/projects', {template: 'sc'});
    expect(project.name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(project.program).toEqual({language: 'script', files: [{path: 'main.sc', content: 'hello'}]});
  });

  it('keeps files in folders, bytes that are no text, input, arguments, limits and tests', async () => {
    const program = {
      language: 'script',
      files: [
        {path: 'bin/data', contentBase64: '/wA='},
        {path: 'lib/a/util.sc', content: 'ünï'},
        {path: 'main.sc', content: 'x'},
      ],
      entry: 'main.sc',
      args: ['one'],
      stdin: 'two',
      limits: {wallTimeMs: 1000},
      tests: [{stdin: '1', expected: '2'}],
    };
    const {id} = await ada.json<Project>('POST', '/v1/projects', {name: 'all of it', program});
    expect((await ada.json<Project>('GET', `/v1/projects/${id}`)).program).toEqual(program);
  });

  it('is run as saved, and the second run shows the second output', async () => {
    const project = await create(ada, 'first');
    const run = async () => await ada.json<Run>('POST', `/v1/projects/${project.id}/runs?wait=true`, {});
    expect((await run()).run?.stdout).toBe('first');
    expect((await save(ada, project, 'second')).status).toBe(200);
    const second = await run();
    expect(second.run?.stdout).toBe('second');
    const history = await ada.json<{runId: string; revision: number; outcome: string}[]>(
      'GET',
      `/v1/projects/${project.id}/runs`,
    );
    expect(history.map(({revision, outcome}) => [revision, outcome])).toEqual([
      [2, 'ok'],
      [1, 'ok'],
    ]);
    const kept = await ada.json<Run>('GET', `/v1/projects/${project.id}/runs/${history[1]?.runId}`);
    expect(kept.run?.stdout).toBe('first');
  });

  it('is found by part of its name, and sorted', async () => {
    const person = await Person.signUp(server, 'sorter');
    for (const name of ['Zebra', 'apple 100%', 'mango_1']) await create(person, 'x', {name});
    const names = async (query: string) =>
      (await person.json<{name: string}[]>('GET', `/v1/projects?${query}`)).map(({name}) => name);
    expect(await names('sort=name')).toEqual(['apple 100%', 'mango_1', 'Zebra']);
    expect(await names('search=ZEB')).toEqual(['Zebra']);
    expect(await names('search=%25')).toEqual(['apple 100%']);
    expect(await names('search=_')).toEqual(['mango_1']);
  });

  it('that is deleted is gone', async () => {
    const {id} = await create(ada);
    await ada.json('DELETE', `/v1/projects/${id}`);
    expect((await ada.send('GET', `/v1/projects/${id}`)).status).toBe(404);
  });

  it.each([
    ['a path that leads out', {program: {language: 'script', files: [{path: '../x', content: ''}]}}, 400],
    ['an absolute path', {program: {language: 'script', files: [{path: '/etc/passwd', content: ''}]}}, 400],
    [
      'a file twice',
      {
        program: {
          language: 'script',
          files: [
            {path: 'a', content: ''},
            {path: 'a', content: ''},
          ],
        },
      },
      400,
    ],
    ['no file', {program: {language: 'script', files: []}}, 400],
    ['an unknown language', {program: {...programOf('x'), language: 'klingon'}}, 422],
    ['a name of 10 000 characters', {name: 'x'.repeat(10_000), program: programOf('x')}, 400],
    ['a name with a line break', {name: 'a\nb', program: programOf('x')}, 400],
    ['more bytes than are kept', {program: programOf('x'.repeat(100_001))}, 422],
    ['an owner of one’s choice', {program: programOf('x'), ownerId: 'x'}, 400],
  ])('is refused with %s', async (_, body, status) => {
    expect((await ada.send('POST', '/v1/projects', body)).status).toBe(status);
  });

  it('keeps markup and marks of direction in its name as text', async () => {
    const name = '<script>alert(1)</script>\u202E';
    expect((await create(ada, 'x', {name})).name).toBe(name);
  });

  it('is refused past the number that a user may have', async () => {
    const person = await Person.signUp(server, 'hoarder');
    for (let index = 0; index < 30; index++) await create(person);
    const response = await person.send('POST', '/v1/projects', {program: programOf('x')});
    expect(await response.json()).toMatchObject({status: 422, code: 'storage-full'});
  });
});

describe('two tabs', () => {
  it('that save do not overwrite each other: the second is told', async () => {
    const project = await create(ada);
    expect((await save(ada, project, 'tab one')).headers.get('etag')).toBe('"2"');
    const late = await save(ada, project, 'tab two');
    expect(await late.json()).toMatchObject({status: 412, code: 'changed-meanwhile'});
    expect((await ada.json<Project>('GET', `/v1/projects/${project.id}`)).program.files[0]?.content).toBe(
      'tab one',
    );
  });

  it('that save at the same moment: one of them wins', async () => {
    const project = await create(ada);
    const answers = await Promise.all(
      Array.from({length: 5}, (_, index) => save(ada, project, `tab ${index}`)),
    );
    expect(answers.map(({status}) => status).sort()).toEqual([200, 412, 412, 412, 412]);
  });

  it('must say what they change', async () => {
    const {id, name} = await create(ada);
    const body = {name, program: programOf('x')};
    expect((await ada.send('PUT', `/v1/projects/${id}`, body)).status).toBe(428);
    expect((await ada.send('PUT', `/v1/projects/${id}`, body, {'if-match': '*'})).status).toBe(400);
  });
});

describe('row 59: sharing', () => {
  it('is off at first: nobody else can read, run, fork, export or delete', async () => {
    const {id} = await create(ada);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/export'],
      ['GET', '/runs'],
      ['POST', '/runs'],
      ['POST', '/fork'],
      ['GET', '/sharing'],
    ] as const)
      expect([method, path, (await bob.send(method, `/v1/projects/${id}${path}`)).status]).toEqual([
        method,
        path,
        404,
      ]);
  });

  it('by link lets who has the link look, run and fork, but not write', async () => {
    const project = await create(ada, 'shared');
    const {linkToken} = await share(project, {visibility: 'link'});
    const link = {'sandglass-link': linkToken ?? ''};
    const path = `/v1/projects/${project.id}`;
    expect((await bob.send('GET', path)).status).toBe(404);
    expect((await bob.send('GET', path, undefined, {'sandglass-link': 'x'.repeat(22)})).status).toBe(404);
    const seen = (await (await bob.send('GET', path, undefined, link)).json()) as Project;
    expect(seen.access).toBe('view');
    expect((await save(bob, project, 'defaced', link)).status).toBe(403);
    expect((await bob.send('DELETE', path, undefined, link)).status).toBe(403);
    expect((await bob.send('POST', `${path}/runs?wait=true`, {}, link)).status).toBe(201);
    expect(await ada.json('GET', `${path}/runs`)).toEqual([]);
    expect((await bob.send('GET', `${path}/runs`, undefined, link)).status).toBe(403);
    const signedOut = await server.fetch(path, {headers: link});
    expect(await signedOut.json()).toMatchObject({access: 'view'});
  });

  it('by link for editing lets members write, and the owner sees who ran it', async () => {
    const project = await create(ada);
    const {linkToken} = await share(project, {visibility: 'link', linkAccess: 'edit'});
    const link = {'sandglass-link': linkToken ?? ''};
    expect((await save(bob, project, 'by bob', link)).status).toBe(200);
    expect((await bob.send('POST', `/v1/projects/${project.id}/runs?wait=true`, {}, link)).status).toBe(201);
    const [entry] = await ada.json<{runId: string; startedBy: string}[]>(
      'GET',
      `/v1/projects/${project.id}/runs`,
    );
    expect(entry?.startedBy).toBe('bob');
    const run = await ada.json<Run>('GET', `/v1/projects/${project.id}/runs/${entry?.runId}`);
    expect(run.run?.stdout).toBe('by bob');
    expect((await ada.send('GET', `/v1/runs/${entry?.runId}`)).status).toBe(404);
    expect(await (await server.fetch(`/v1/projects/${project.id}`, {headers: link})).json()).toMatchObject({
      access: 'view',
    });
  });

  it('that ends takes the link back, and a new link is another one', async () => {
    const project = await create(ada);
    const first = await share(project, {visibility: 'link'});
    await share(project, {visibility: 'private'});
    const link = {'sandglass-link': first.linkToken ?? ''};
    expect((await bob.send('GET', `/v1/projects/${project.id}`, undefined, link)).status).toBe(404);
    expect((await share(project, {visibility: 'link'})).linkToken).not.toBe(first.linkToken);
    expect((await bob.send('GET', `/v1/projects/${project.id}`, undefined, link)).status).toBe(404);
  });

  it('with the public lets everybody look', async () => {
    const project = await create(ada);
    await share(project, {visibility: 'public'});
    expect((await server.fetch(`/v1/projects/${project.id}`)).status).toBe(200);
    expect((await save(bob, project, 'defaced')).status).toBe(403);
  });

  it('by fork gives a project of one’s own, which has nothing to do with the first', async () => {
    const project = await create(ada, 'original');
    await share(project, {visibility: 'public'});
    const fork = await bob.json<Project>('POST', `/v1/projects/${project.id}/fork`);
    expect(fork).toMatchObject({access: 'owner', forkedFrom: project.id, visibility: 'private'});
    expect((await save(bob, fork, 'changed')).status).toBe(200);
    expect((await ada.json<Project>('GET', `/v1/projects/${project.id}`)).program.files[0]?.content).toBe(
      'original',
    );
    await ada.json('DELETE', `/v1/projects/${project.id}`);
    expect((await bob.send('GET', `/v1/projects/${fork.id}`)).status).toBe(200);
    expect((await ada.send('GET', `/v1/projects/${fork.id}`)).status).toBe(404);
  });

  it('does not let a key read that has not the scope', async () => {
    const {id} = await create(ada);
    const {token} = await ada.key(['run']);
    const headers = {authorization: `Bearer ${token}`};
    expect((await server.fetch(`/v1/projects/${id}`, {headers})).status).toBe(404);
    expect((await server.fetch(`/v1/projects/${id}/export`, {headers})).status).toBe(404);
  });
});

describe('archives', () => {
  const importZip = async (zip: Buffer, more: Record<string, unknown> = {language: 'script'}) =>
    await ada.send('POST', '/v1/projects/import', {zipBase64: zip.toString('base64'), ...more});

  it('carry a project from one user to another, settings included', async () => {
    const program = {
      language: 'script',
      files: [
        {path: 'data', contentBase64: '/wA='},
        {path: 'lib/util.sc', content: 'x'},
      ],
      entry: 'lib/util.sc',
      stdin: 'input',
    };
    const {id} = await ada.json<Project>('POST', '/v1/projects', {name: 'to "carry"/../', program});
    const response = await ada.send('GET', `/v1/projects/${id}/export`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="to-carry-..-.zip"');
    const zipBase64 = Buffer.from(await response.arrayBuffer()).toString('base64');
    const copy = await bob.json<Project>('POST', '/v1/projects/import', {zipBase64});
    expect(copy).toMatchObject({name: 'to "carry"/../', program});
  });

  const link = (zip: ZipFile) => zip.addBuffer(Buffer.from('/etc/passwd'), 'link', {mode: 0o120777});
  it.each([
    ['a name that leads out', (zip: ZipFile) => zip.addBuffer(Buffer.from('x'), 'AA/evil'), /\.\.\/evil/],
    ['an absolute name', (zip: ZipFile) => zip.addBuffer(Buffer.from('x'), 'AAetc/pw'), /absolute|invalid/],
    ['a symbolic link', link, /"link" is a link/],
    ['a bomb', (zip: ZipFile) => zip.addBuffer(Buffer.alloc(50_000_000), 'bomb'), /"bomb".*100000 bytes/],
    [
      'many files',
      (zip: ZipFile) => Array.from({length: 1001}, (_, index) => zip.addBuffer(Buffer.from(''), `${index}`)),
      /1000 files/,
    ],
  ])('are refused with the reason: %s', async (what, fill, reason) => {
    const zip = new ZipFile();
    fill(zip);
    zip.end();
    let bytes = await buffer(zip.outputStream);
    // The library that writes archives refuses such names, so they are put in afterwards.
    if (what === 'a name that leads out')
      bytes = Buffer.from(bytes.toString('latin1').replaceAll('AA/evil', '../evil'), 'latin1');
    if (what === 'an absolute name')
      bytes = Buffer.from(bytes.toString('latin1').replaceAll('AAetc/pw', '//etc/pw'), 'latin1');
    const response = await importZip(bytes);
    expect(await response.json()).toMatchObject({
      status: 422,
      code: 'archive-refused',
      detail: expect.stringMatching(reason),
    });
  });

  it('that lie about their size are found out while they are unpacked', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.alloc(60_000, 'x'), 'liar');
    zip.end();
    const bytes = await buffer(zip.outputStream);
    // The uncompressed size stands in the central directory at offset 24 of the entry (APPNOTE 4.3.12).
    const entry = bytes.lastIndexOf(Buffer.from('PK\x01\x02'));
    bytes.writeUInt32LE(10, entry + 24);
    expect(await (await importZip(bytes)).json()).toMatchObject({status: 422, code: 'archive-refused'});
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.from('hello')],
    [
      'an archive that is cut off',
      Buffer.from('PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
    ],
  ])('that are %s are refused', async (_, bytes) => {
    expect(await (await importZip(bytes)).json()).toMatchObject({status: 422, code: 'archive-refused'});
  });
});

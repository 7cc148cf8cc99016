import {SignJWT} from 'jose';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {PASSWORD, Person} from '../support/person.ts';
import {ServedEngine} from '../support/served-engine.ts';
import {TestServer} from '../support/test-server.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly code: string;
  readonly status: string;
  readonly stdout: string;
  readonly execMemUse: number;
}
const FLAGS = {
  'accounts-mode': 'open',
  'accounts-allowance-requests-per-minute': '0',
  doors: 'system-y-rest',
};

/** A client as system Y had them: JSON and a token. */
class Client {
  readonly #url: string;
  token = '';

  constructor(url: string) {
    this.#url = url;
  }

  async send(method: string, path: string, body?: unknown, token = this.token): Promise<Response> {
    return await fetch(`${this.#url}/api${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
        ...(token === '' ? {} : {authorization: `Bearer ${token}`}),
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
  }

  async json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.send(method, path, body);
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  static async signUp(url: string, username: string): Promise<Client> {
    const client = new Client(url);
    await client.json('POST', '/sign-up', {name: username, username, password: PASSWORD});
    const {message, data} = await client.json<{message: string; data: string}>('POST', '/sign-in', {
      username,
      password: PASSWORD,
    });
    expect(message).toBe('success');
    client.token = data;
    return client;
  }
}

describe('the door of system Y', () => {
  let engine: ServedEngine;
  let served: Awaited<ReturnType<ServedEngine['serve']>>;
  let ada: Client;

  beforeAll(async () => {
    engine = await ServedEngine.start(['python', 'javascript', 'c', 'cpp']);
    served = await engine.serve(FLAGS);
    ada = await Client.signUp(served.url, 'ada');
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  it('keeps sandboxes and runs them; the second run shows the second result', async () => {
    const made = await ada.json<Row>('POST', '/sandbox', {
      name: 'mine',
      language: 'py',
      code: 'print("first")',
    });
    expect(made).toMatchObject({name: 'mine', language: 'py', status: '', stdout: ''});
    const finished = async () => {
      let row = await ada.json<Row>('GET', `/sandbox/${made.id}`);
      while (row.status !== 'done') row = await ada.json<Row>('GET', `/sandbox/${made.id}`);
      return row;
    };
    await ada.json('POST', `/sandbox/${made.id}/execute`, {code: 'print("first")'});
    expect((await finished()).stdout).toBe('first\n');
    const queued = await ada.json<Row>('POST', `/sandbox/${made.id}/execute`, {code: 'print("second")'});
    expect(['received', 'running', 'done']).toContain(queued.status);
    const second = await finished();
    expect(second).toMatchObject({stdout: 'second\n', code: 'print("second")'});
    expect(second.execMemUse).toBeGreaterThan(0);
    expect(await ada.json<Row[]>('GET', '/sandbox')).toHaveLength(1);
  });

  it('makes each of its languages from a template with a friendly name', async () => {
    for (const language of ['py', 'node', 'c', 'cpp']) {
      const row = await ada.json<Row>('POST', '/sandbox', {language});
      expect(row).toMatchObject({language, name: expect.stringMatching(/^[a-z]+-[a-z]+$/)});
      expect(row.code.length).toBeGreaterThan(10);
    }
    expect((await ada.send('POST', '/sandbox', {language: 'cobol'})).status).toBe(422);
  });

  it('renames, edits and deletes', async () => {
    const {id} = await ada.json<Row>('POST', '/sandbox', {language: 'py', code: 'x'});
    const changed = await ada.json<Row>('PUT', `/sandbox/${id}`, {
      name: 'renamed',
      language: 'node',
      code: 'y',
    });
    expect(changed).toMatchObject({name: 'renamed', language: 'node', code: 'y'});
    await ada.json('DELETE', `/sandbox/${id}`);
    expect((await ada.send('GET', `/sandbox/${id}`)).status).toBe(404);
  });

  it('shows nobody what another one has, in any request', async () => {
    const bob = await Client.signUp(served.url, 'bob');
    const {id} = await ada.json<Row>('POST', '/sandbox', {language: 'py', code: 'secret'});
    for (const [method, path, body] of [
      ['GET', `/sandbox/${id}`, undefined],
      ['PUT', `/sandbox/${id}`, {name: 'stolen', language: 'py', code: 'x'}],
      ['DELETE', `/sandbox/${id}`, undefined],
      ['POST', `/sandbox/${id}/execute`, {code: 'x'}],
      ['POST', `/sandbox/${id}/execute`, undefined],
    ] as const)
      expect([method, path, (await bob.send(method, path, body)).status]).toEqual([method, path, 404]);
    expect(await bob.json('GET', '/sandbox')).toEqual([]);
    expect((await ada.json<Row>('GET', `/sandbox/${id}`)).code).toBe('secret');
    for (const bad of ['1', '..%2f..', 'x'.repeat(150)])
      expect((await ada.send('GET', `/sandbox/${bad}`)).status).toBe(404);
  });
});

describe('a token of system Y', () => {
  let server: TestServer;
  let ada: Client;

  beforeAll(async () => {
    server = await TestServer.start({flags: FLAGS});
    ada = await Client.signUp(server.server.url, 'ada');
  });
  afterAll(async () => {
    expect(server.faults).toEqual([]);
    await server[Symbol.asyncDispose]();
  });

  const status = async (token: string) =>
    (await new Client(server.server.url).send('GET', '/user', undefined, token)).status;
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('that is absent, made up, without signature or signed with another key is refused', async () => {
    const [header = '', payload = '', signature = ''] = ada.token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = await new SignJWT(claims).setProtectedHeader({alg: 'HS256'}).sign(new Uint8Array(32));
    expect(await status(ada.token)).toBe(200);
    for (const token of [
      '',
      'nonsense',
      `${header}.${payload}.`,
      `${part({alg: 'none'})}.${payload}.`,
      `${part({alg: 'none'})}.${payload}.${signature}`,
      `${header}.${part({...claims, exp: claims.exp + 1})}.${signature}`,
      forged,
    ])
      expect(await status(token)).toBe(401);
  });

  it('opens nothing else, and a key opens no door', async () => {
    const headers = {authorization: `Bearer ${ada.token}`};
    expect((await server.fetch('/v1/account', {headers})).status).toBe(401);
    const person = new Person(server);
    await person.json('POST', '/v1/account/sign-in', {user: 'ada', password: PASSWORD});
    expect(await status((await person.key(['read', 'run', 'write'])).token)).toBe(401);
  });

  it('ends with its session: played again after a new password it is worth nothing', async () => {
    const bob = await Client.signUp(server.server.url, 'bob');
    const person = new Person(server);
    await person.json('POST', '/v1/account/sign-in', {user: 'bob', password: PASSWORD});
    expect(await status(bob.token)).toBe(200);
    await person.json('POST', '/v1/account/password', {
      currentPassword: PASSWORD,
      newPassword: 'another password',
    });
    expect(await status(bob.token)).toBe(401);
  });

  it('is not given for a wrong password, in the words of system Y', async () => {
    const response = await new Client(server.server.url).send('POST', '/sign-in', {
      username: 'ada',
      password: 'wrong password',
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({error: expect.stringMatching(/user or password/)});
  });

  it('is not to be had while accounts are off', async () => {
    await expect(TestServer.start({flags: {doors: 'system-y-rest'}})).rejects.toMatchObject({
      code: 'configuration-invalid',
    });
  });

  it('nor is there such an address without the door', async () => {
    await using closed = await TestServer.start({flags: {'accounts-mode': 'open'}});
    expect((await closed.post('/api/sign-in', {})).status).toBe(404);
  });
});

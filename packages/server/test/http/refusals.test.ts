import {connect} from 'node:net';
import {text} from 'node:stream/consumers';
import {describe, expect, it} from 'vitest';
import {TestServer} from '../support/test-server.ts';

const JSON_TYPE = {'content-type': 'application/json'};

describe('a request that is refused gets problem+json', () => {
  it.each([
    ['malformed JSON', {method: 'POST', headers: JSON_TYPE, body: '{"language": '}, 400, 'malformed-json'],
    [
      'NaN as a limit',
      {
        method: 'POST',
        headers: JSON_TYPE,
        body: '{"language":"script","code":"x","limits":{"wallTimeMs":NaN}}',
      },
      400,
      'malformed-json',
    ],
    ['an empty body', {method: 'POST', headers: JSON_TYPE, body: ''}, 400, 'malformed-json'],
    [
      'invalid UTF-8',
      {method: 'POST', headers: JSON_TYPE, body: Buffer.from([0x22, 0xff, 0x22])},
      400,
      'malformed-json',
    ],
    [
      'metadata nested 100 000 levels deep',
      {
        method: 'POST',
        headers: JSON_TYPE,
        body: `{"language":"script","code":"x","metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      },
      400,
      'malformed-json',
    ],
    ['no body and no type', {method: 'POST'}, 400, 'invalid-request'],
    [
      'a form',
      {method: 'POST', body: new URLSearchParams({language: 'script'})},
      415,
      'unsupported-media-type',
    ],
    [
      'plain text',
      {method: 'POST', headers: {'content-type': 'text/plain'}, body: '{}'},
      415,
      'unsupported-media-type',
    ],
    [
      'another character set',
      {method: 'POST', headers: {'content-type': 'application/json; charset=utf-16'}, body: '{}'},
      415,
      'unsupported-media-type',
    ],
    ['an array', {method: 'POST', headers: JSON_TYPE, body: '[]'}, 400, 'invalid-request'],
    [
      'an unknown language',
      {method: 'POST', headers: JSON_TYPE, body: '{"language":"klingon","code":"x"}'},
      422,
      'unknown-language',
    ],
    [
      'a limit above the maximum',
      {
        method: 'POST',
        headers: JSON_TYPE,
        body: '{"language":"script","code":"x","limits":{"wallTimeMs":1e9}}',
      },
      422,
      'limit-too-high',
    ],
    [
      'a checker that does not exist',
      {
        method: 'POST',
        headers: JSON_TYPE,
        body: '{"language":"script","code":"x","tests":[{}],"checker":{"kind":"guess"}}',
      },
      400,
      'invalid-request',
    ],
    [
      'a private callback',
      {
        method: 'POST',
        headers: JSON_TYPE,
        body: '{"language":"script","code":"x","callback":{"url":"http://169.254.169.254/"}}',
      },
      422,
      'callback-refused',
    ],
    [
      'a foreign origin',
      {method: 'POST', headers: {...JSON_TYPE, origin: 'https://example.org'}, body: '{}'},
      403,
      'forbidden',
    ],
    ['another method', {method: 'PUT', headers: JSON_TYPE, body: '{}'}, 405, 'method-not-allowed'],
    [
      'a bad idempotency key',
      {
        method: 'POST',
        headers: {...JSON_TYPE, 'idempotency-key': 'with space'},
        body: '{"language":"script","code":"x"}',
      },
      400,
      'invalid-request',
    ],
  ] as const)('%s', async (_, init, status, code) => {
    await using server = await TestServer.start();
    const response = await server.fetch('/v1/runs', init as RequestInit);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({status, code, detail: expect.stringMatching(/.{10}/)});
    expect(response.status).toBe(status);
  });

  it('33 MiB of body with 413, and the connection works again after', async () => {
    await using server = await TestServer.start();
    const body = JSON.stringify({language: 'script', code: 'x'.repeat(33 * 1024 * 1024)});
    const response = await server.fetch('/v1/runs', {method: 'POST', headers: JSON_TYPE, body});
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({code: 'body-too-large'});
    expect((await server.submit('fine', '?wait=true')).outcome).toBe('ok');
  });

  it('31 MiB of sources, which are accepted', async () => {
    await using server = await TestServer.start({scripts: {}});
    const body = {
      language: 'script',
      files: [{path: 'big', content: 'x'.repeat(31 * 1024 * 1024)}],
      code: 'go',
    };
    expect((await server.post('/v1/runs?wait=true', body)).status).toBe(200);
  });

  it('10 000 files with 400', async () => {
    await using server = await TestServer.start();
    const files = Array.from({length: 10_000}, (_, index) => ({path: `f${index}`, content: ''}));
    const response = await server.post('/v1/runs', {language: 'script', files});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{path: '/files', message: 'must not have more than 1000 entries'}],
    });
  });

  it('a method that an address does not have with 405 and Allow', async () => {
    await using server = await TestServer.start();
    const response = await server.fetch('/v1/runs', {method: 'PATCH'});
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('an unknown address with 404, a broken one with 400', async () => {
    await using server = await TestServer.start();
    expect(await (await server.fetch('/v2/nothing')).json()).toMatchObject({status: 404, code: 'not-found'});
    expect(await (await server.fetch('/v1/runs/%zz')).json()).toMatchObject({
      status: 400,
      code: 'invalid-request',
    });
  });
});

describe('what is no proper HTTP request', () => {
  it.each([
    ['a foreign Host', 'GET /healthz HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n', 403],
    ['no Host', 'GET /healthz HTTP/1.0\r\n\r\n', 403],
    [
      'header fields without end',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['noise', 'hello\r\n\r\n', 400],
  ])('%s is refused', async (_, request, status) => {
    await using server = await TestServer.start();
    const answer = await send(server, request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });

  it.each(['localhost:1', '127.0.0.1', '[::1]:4400', 'app.localhost'])(
    'but Host %s is this machine',
    async (host) => {
      await using server = await TestServer.start();
      expect(
        await send(server, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 200 /);
    },
  );
});

async function send(server: TestServer, request: string): Promise<string> {
  const socket = connect(Number(new URL(server.server.url).port), '127.0.0.1');
  socket.write(request);
  return await text(socket);
}

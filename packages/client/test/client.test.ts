import {expect, test} from 'vitest';
import {ApiError, ConnectionError, SandglassClient} from '../src/index.ts';
import {startAnsweringServer} from './support/answering-server.ts';

const request = {language: 'python', code: 'print(1)'};

test('run asks again until the run is finished', async () => {
  await using server = await startAnsweringServer(
    (_, response) => response.writeHead(201).end(JSON.stringify({id: 'r1', state: 'running'})),
    (_, response) => response.end(JSON.stringify({id: 'r1', state: 'running'})),
    (_, response) => response.end(JSON.stringify({id: 'r1', state: 'finished', outcome: 'ok'})),
  );
  const run = await new SandglassClient({baseUrl: server.baseUrl}).run(request);
  expect(run.outcome).toBe('ok');
  expect(server.requests.map(({method, url}) => `${method} ${url}`)).toEqual([
    'POST /v1/runs?wait=60000',
    'GET /v1/runs/r1?wait=60000',
    'GET /v1/runs/r1?wait=60000',
  ]);
});

test('key, idempotency key and a path prefix of the address are sent along', async () => {
  await using server = await startAnsweringServer((_, response) => response.end('{}'));
  const client = new SandglassClient({baseUrl: `${server.baseUrl}/prefix/`, apiKey: 'secret'});
  await client.submit(request, {idempotencyKey: 'once'});
  expect(server.requests[0]).toMatchObject({
    url: '/prefix/v1/runs',
    headers: {authorization: 'Bearer secret', 'idempotency-key': 'once', 'content-type': 'application/json'},
  });
});

test('a problem becomes an ApiError with its code, fields and time to wait', async () => {
  await using server = await startAnsweringServer((_, response) => {
    const errors = [{path: '/code', message: 'is empty'}];
    const problem = {type: 't', title: 't', status: 503, code: 'server-full', detail: 'Full.', errors};
    response.writeHead(503, {'content-type': 'application/problem+json', 'retry-after': '3'});
    response.end(JSON.stringify(problem));
  });
  const error = await new SandglassClient({baseUrl: server.baseUrl})
    .submit(request)
    .catch((caught) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({code: 'server-full', status: 503, retryAfterSeconds: 3, message: 'Full.'});
  expect(error.fields).toEqual([{path: '/code', message: 'is empty'}]);
});

test("a proxy's HTML page becomes an ApiError that shows it", async () => {
  await using server = await startAnsweringServer((_, response) =>
    response.writeHead(502).end('<h1>Bad gateway</h1>'),
  );
  const error = await new SandglassClient({baseUrl: server.baseUrl}).info().catch((caught) => caught);
  expect(error).toMatchObject({code: 'unexpected-answer', status: 502});
  expect(error.message).toContain('Bad gateway');
});

test('a server that is not there becomes a ConnectionError naming its address', async () => {
  const {baseUrl} = await startAnsweringServer().then(async (server) => {
    await server[Symbol.asyncDispose]();
    return server;
  });
  const error = await new SandglassClient({baseUrl}).info().catch((caught) => caught);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toContain(baseUrl);
});

test('aborting rejects with the reason of the signal', async () => {
  await using server = await startAnsweringServer(() => {});
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(new SandglassClient({baseUrl: server.baseUrl}).run(request, {signal})).rejects.toBe(reason);
});

test('an address that is no http URL is refused at once', () => {
  expect(() => new SandglassClient({baseUrl: 'localhost:4400'})).toThrow(/http or https URL/);
});

import {createHmac} from 'node:crypto';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';
import {describe, expect, it} from 'vitest';
import {checkCallback} from '../../src/callbacks/check-callback.ts';
import {deliverCallback} from '../../src/callbacks/deliver-callback.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {TestServer} from '../support/test-server.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Receives callbacks; answers with the given statuses in turn, the last one for ever. */
async function startReceiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({path: request.url ?? '', headers: request.headers, body: await text(request)});
    const status = statuses[Math.min(received.length, statuses.length) - 1] ?? 204;
    response.writeHead(status, status === 302 ? {location: '/elsewhere'} : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo; // A listening TCP server has one.
  return {
    received,
    url: `http://127.0.0.1:${port}/hook`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const flags = {'callback-allow-private': 'true', 'callback-backoff-ms': '10', 'callback-tries': '3'};

describe('a callback', () => {
  it('carries the finished run, signed so that the receiver can check it', async () => {
    await using receiver = await startReceiver(204);
    await using server = await TestServer.start({flags});
    const callback = {url: receiver.url, secret: 'shh'};
    const run = await (
      await server.post('/v1/runs?wait=true', {language: 'script', code: 'x', callback})
    ).json();
    await expect.poll(() => receiver.received.length).toBe(1);
    const {headers = {}, body = ''} = receiver.received[0] ?? {};
    expect(JSON.parse(body)).toEqual(run);
    const [, time, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['sandglass-signature'])) ?? [];
    expect(digest).toBe(createHmac('sha256', 'shh').update(`${time}.${body}`).digest('hex'));
    expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(30);
  });

  it('is tried again until the receiver takes it', async () => {
    await using receiver = await startReceiver(500, 503, 200);
    await using server = await TestServer.start({flags});
    await server.post('/v1/runs', {language: 'script', code: 'x', callback: {url: receiver.url}});
    await expect
      .poll(() => receiver.received.map(({headers}) => headers['sandglass-delivery-try']))
      .toEqual(['1', '2', '3']);
  });

  it('is given up after the configured tries, and a redirect is not followed', async () => {
    await using receiver = await startReceiver(302);
    await using server = await TestServer.start({flags});
    await server.post('/v1/runs', {language: 'script', code: 'x', callback: {url: receiver.url}});
    await expect.poll(() => receiver.received.length).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received.map(({path}) => path)).toEqual(['/hook', '/hook', '/hook']);
  });

  it('is delivered after a restart when the server stopped in between', async () => {
    await using receiver = await startReceiver(500, 200);
    await using folder = await temporaryFolder();
    const slow = {...flags, 'callback-backoff-ms': '1000'};
    {
      await using server = await TestServer.start({flags: slow, dataDir: folder.path});
      await server.post('/v1/runs?wait=true', {language: 'script', code: 'x', callback: {url: receiver.url}});
      await expect.poll(() => receiver.received.length).toBe(1);
    }
    await using _again = await TestServer.start({
      flags: {...slow, 'callback-backoff-ms': '10'},
      dataDir: folder.path,
    });
    await expect.poll(() => receiver.received.length, {timeout: 30_000, interval: 200}).toBe(2);
  }, 40_000);
});

describe('a callback address', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://localhost/',
    'https://a.localhost/',
    'http://10.0.0.8:9000/x',
    'http://169.254.169.254/latest',
  ])('%s is refused before the run is accepted', (url) => {
    expect(() => checkCallback(url, {allowPrivate: false})).toThrow(
      expect.objectContaining({code: 'callback-refused'}),
    );
    expect(() => checkCallback(url, {allowPrivate: true})).not.toThrow();
  });

  it('that is a name for a private address is refused when connecting', async () => {
    const delivery = {
      url: 'http://localhost.localdomain:1/',
      secret: null,
      runId: 'x',
      body: '{}',
      tryNumber: 1,
    };
    const signal = AbortSignal.timeout(5000);
    await expect(deliverCallback(delivery, {allowPrivate: false, timeoutMs: 3000, signal})).rejects.toThrow();
  });
});

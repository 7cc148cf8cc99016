import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import type {InteractiveProgram} from '@sandglass/engine';
import {describe, expect, it} from 'vitest';
import {WebSocket} from 'ws';
import {LiveClient} from '../support/live-client.ts';
import {print, type Script, sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

/** Writes every input back, as a program of a few lines would. */
const echo: Script = async ({interaction, onEvent}) => {
  const {promise: ended, resolve} = Promise.withResolvers<void>();
  const program: InteractiveProgram = {
    write: async (data) => await onEvent?.({kind: 'output', stream: 'stdout', data, atMs: 1}),
    end: resolve,
    signal: () => resolve(),
    resize: () => undefined,
  };
  interaction?.onProgram(program);
  await ended;
  return {};
};

/** Takes no input and says nothing until it is cancelled. */
const deaf: Script = async ({interaction, signal}) => {
  const never = new Promise<void>(() => undefined);
  interaction?.onProgram({
    write: () => never,
    end: () => undefined,
    signal: () => undefined,
    resize: () => undefined,
  });
  await once(signal ?? AbortSignal.abort(), 'abort');
  return {};
};

const start = (code: string, more: object = {}) => ({
  kind: 'start',
  run: {language: 'script', code},
  ...more,
});

async function cancelledWithin(server: TestServer, id: unknown, ms: number): Promise<void> {
  const response = await server.fetch(`/v1/runs/${id}?wait=${ms}`);
  expect(await response.json()).toMatchObject({state: 'finished', outcome: 'cancelled'});
}

describe('a live session', () => {
  it('tells acceptance, states, output and end in this order, closes with 1000 and leaves a stored run', async () => {
    await using server = await TestServer.start({scripts: {talk: print('one', 'two')}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('talk'));
    expect(await client.closed).toBe(1000);
    expect(client.kinds).toEqual(['accepted', 'state', 'state', 'stdout', 'stdout', 'finished']);
    expect(client.output('stdout').toString()).toBe('onetwo');
    const {id} = await client.hears('accepted');
    const stored = await (await server.fetch(`/v1/runs/${id}`)).json();
    expect((await client.hears('finished')).run).toEqual(stored);
  });

  it('carries input to the program byte for byte, also what is said before it runs', async () => {
    await using server = await TestServer.start({scripts: {echo}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('echo'));
    client.say({kind: 'stdin', data: 'zwölf '});
    client.say({kind: 'stdin', dataBase64: Buffer.from([0, 255, 10]).toString('base64')});
    client.say({kind: 'eof'});
    expect(await client.closed).toBe(1000);
    expect(client.output('stdout')).toEqual(
      Buffer.concat([Buffer.from('zwölf '), Buffer.from([0, 255, 10])]),
    );
  });

  it('takes a hundred thousand tiny messages without losing or reordering one', async () => {
    await using server = await TestServer.start({scripts: {echo}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('echo'));
    for (let index = 0; index < 100_000; index++) client.say({kind: 'stdin', data: `${index} `});
    client.say({kind: 'eof'});
    expect(await client.closed).toBe(1000);
    const expected = Array.from({length: 100_000}, (_, index) => `${index} `).join('');
    expect(client.output('stdout').toString() === expected).toBe(true);
  });

  it('never cuts a character between messages and sends what is no text as base64', async () => {
    const bytes = Buffer.from('aé€😀z');
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    await using server = await TestServer.start({
      scripts: {talk: print(...pieces, Uint8Array.of(0xff), Uint8Array.of(0xe2))},
    });
    await using client = await LiveClient.open(server.server.url);
    client.say(start('talk'));
    await client.closed;
    const texts = client.messages.flatMap(({kind, data}) => (kind === 'stdout' && data ? [data] : []));
    expect(texts).toEqual(['a', 'é', '€', '😀', 'z']);
    expect(client.output('stdout')).toEqual(Buffer.concat([bytes, Buffer.from([0xff, 0xe2])]));
  });

  it('sends a terminal’s output as "terminal"', async () => {
    await using server = await TestServer.start({scripts: {talk: print('hi')}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('talk', {terminal: {columns: 80, rows: 24}}));
    await client.closed;
    expect(client.output('terminal').toString()).toBe('hi');
    expect(client.kinds).not.toContain('stdout');
  });

  it('ends the run when stopped, and says so', async () => {
    await using server = await TestServer.start({scripts: {long: sleep(60_000)}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('long'));
    await client.hears('accepted');
    client.say({kind: 'stop'});
    expect(await client.closed).toBe(1000);
    expect((await client.hears('finished')).run).toMatchObject({outcome: 'cancelled'});
  });

  it.each([
    ['closes', (socket: WebSocket) => socket.close()],
    ['vanishes', (socket: WebSocket) => socket.terminate()],
  ])('cancels the run within a second when its client %s', async (_, leave) => {
    await using server = await TestServer.start({scripts: {long: sleep(60_000)}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('long'));
    const {id} = await client.hears('accepted');
    leave(client.socket);
    await cancelledWithin(server, id, 1000);
  });

  it('notices within a second that a client has gone whose input nobody takes', async () => {
    await using server = await TestServer.start({scripts: {deaf}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('deaf'));
    const {id} = await client.hears('accepted');
    for (let index = 0; index < 64; index++) client.say({kind: 'stdin', data: 'x'.repeat(256 * 1024)});
    await delay(300);
    client.socket.terminate();
    await cancelledWithin(server, id, 1000);
  });

  it('holds a program back whose client does not read, and loses nothing', async () => {
    let sent = 0;
    const piece = new Uint8Array(64 * 1024).fill(120);
    const flood: Script = async ({onEvent}) => {
      for (; sent < 512; sent++) await onEvent?.({kind: 'output', stream: 'stdout', data: piece, atMs: 1});
      return {};
    };
    await using server = await TestServer.start({scripts: {flood}});
    await using client = await LiveClient.open(server.server.url);
    client.socket.pause();
    client.say(start('flood'));
    await delay(500);
    expect(sent).toBeLessThan(400);
    client.socket.resume();
    expect(await client.closed).toBe(1000);
    expect(client.output('stdout').length).toBe(512 * piece.length);
  });

  it.each<[string, unknown[], string]>([
    ['a second start', [start('long'), start('long')], 'second "start"'],
    ['stdin before start', [{kind: 'stdin', data: 'x'}], 'must be "start"'],
    ['an unknown kind', [{kind: 'dance'}], '"dance"'],
    ['no kind', [42], 'missing'],
    ['an unknown field', [{kind: 'start', run: {}, tty: true}], 'tty'],
    ['both forms of input', [start('long'), {kind: 'stdin', data: '', dataBase64: ''}], 'exactly one'],
    ['input that is no base64', [start('long'), {kind: 'stdin', dataBase64: '?'}], 'base64'],
    ['a terminal without columns', [start('long', {terminal: {columns: 0, rows: 1}})], 'columns'],
    ['a run with an unknown field', [{kind: 'start', run: {language: 'script', codes: ''}}], 'codes'],
    ['an unknown language', [{kind: 'start', run: {language: 'klingon', code: 'x'}}], 'klingon'],
    [
      'input of 10 MiB at once',
      [start('long'), {kind: 'stdin', data: 'x'.repeat(10 << 20)}],
      'smaller pieces',
    ],
  ])('answers %s with an error that says so, then closes with 1008', async (_, messages, words) => {
    await using server = await TestServer.start({scripts: {long: sleep(60_000)}});
    await using client = await LiveClient.open(server.server.url);
    for (const message of messages) client.say(message);
    expect(await client.closed).toBe(1008);
    expect(client.messages.at(-1)).toMatchObject({
      kind: 'error',
      problem: {detail: expect.stringContaining(words)},
    });
  });

  it.each([
    ['binary', Buffer.from('{}'), 'binary'],
    ['no JSON', 'hello', 'JSON'],
    [
      'nested too deep',
      `{"kind":"start","run":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'deeper than 100',
    ],
  ])('refuses a message that is %s', async (_, data, words) => {
    await using server = await TestServer.start();
    await using client = await LiveClient.open(server.server.url);
    client.socket.send(data);
    expect(await client.closed).toBe(1008);
    expect(client.messages).toMatchObject([
      {kind: 'error', problem: {detail: expect.stringContaining(words)}},
    ]);
  });

  it('closes a session in which nothing is said, with the reason', async () => {
    await using server = await TestServer.start({
      scripts: {long: sleep(60_000)},
      flags: {'live-idle-timeout-ms': '200'},
    });
    await using client = await LiveClient.open(server.server.url);
    client.say(start('long'));
    expect(await client.closed).toBe(1008);
    expect(client.messages.at(-1)).toMatchObject({kind: 'error', problem: {code: 'request-timeout'}});
    await cancelledWithin(server, (await client.hears('accepted')).id, 1000);
  });

  it('ends cancelled when the server stops', async () => {
    await using server = await TestServer.start({scripts: {long: sleep(60_000)}});
    await using client = await LiveClient.open(server.server.url);
    client.say(start('long'));
    await client.hears('accepted');
    await server.server.stop(AbortSignal.abort());
    await client.closed;
    expect((await client.hears('finished')).run).toMatchObject({outcome: 'cancelled'});
  });
});

describe('the live door', () => {
  it('refuses pages of other origins before a socket opens', async () => {
    await using server = await TestServer.start();
    const opening = LiveClient.open(server.server.url, {origin: 'https://evil.example'});
    await expect(opening).rejects.toThrow('403');
  });

  it('answers 404 at other addresses', async () => {
    await using server = await TestServer.start();
    const socket = new WebSocket(`${server.server.url.replace('http', 'ws')}/v1/elsewhere`);
    await expect(once(socket, 'open')).rejects.toThrow('404');
  });

  it('tells a session that is one too many, and has room again when another has gone', async () => {
    await using server = await TestServer.start({flags: {'live-max-sessions': '1'}});
    await using first = await LiveClient.open(server.server.url);
    await using second = await LiveClient.open(server.server.url);
    expect(await second.closed).toBe(1008);
    expect(second.messages).toMatchObject([{kind: 'error', problem: {code: 'rate-limited', status: 429}}]);
    first.socket.close();
    await first.closed;
    await using third = await LiveClient.open(server.server.url);
    third.say(start('hello'));
    expect(await third.closed).toBe(1000);
  });

  it('is as it was after a thousand sockets were opened and abandoned', async () => {
    await using server = await TestServer.start({flags: {'live-max-sessions': '2000'}});
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({length: 100}, () => LiveClient.open(server.server.url)));
      for (const client of clients) client.socket.terminate();
      await Promise.all(clients.map(({closed}) => closed));
    }
    await using client = await LiveClient.open(server.server.url);
    client.say(start('hello'));
    expect(await client.closed).toBe(1000);
  });
});

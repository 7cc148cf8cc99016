import {expect, test} from 'vitest';
import {ApiError, SandglassClient} from '../src/index.ts';
import {startAnsweringServer} from './support/answering-server.ts';

function event(seq: number, kind: string, payload: object): string {
  return `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify(payload)}\n\n`;
}

async function collect(baseUrl: string) {
  const events = [];
  for await (const item of new SandglassClient({baseUrl}).events('r1')) events.push(item);
  return events;
}

test('a broken stream is resumed after the last event that arrived', async () => {
  await using server = await startAnsweringServer(
    (_, response) => {
      response.write(event(1, 'state', {state: 'running'}));
      response.write(event(2, 'stdout', {data: 'a', atMs: 5}), () => response.destroy());
    },
    (_, response) => {
      response.end(
        event(3, 'stdout', {data: 'b', atMs: 6}) + event(4, 'finished', {id: 'r1', state: 'finished'}),
      );
    },
  );
  const events = await collect(server.baseUrl);
  expect(events.map(({seq, kind}) => `${seq} ${kind}`)).toEqual([
    '1 state',
    '2 stdout',
    '3 stdout',
    '4 finished',
  ]);
  expect(events[3]).toEqual({seq: 4, kind: 'finished', run: {id: 'r1', state: 'finished'}});
  expect(server.requests[0]?.headers['last-event-id']).toBeUndefined();
  expect(server.requests[1]?.headers['last-event-id']).toBe('2');
});

test('a refusal is thrown and not tried again', async () => {
  await using server = await startAnsweringServer((_, response) => {
    response.writeHead(404, {'content-type': 'application/problem+json'});
    response.end(JSON.stringify({code: 'not-found', detail: 'No run has this id.', status: 404}));
  });
  await expect(collect(server.baseUrl)).rejects.toBeInstanceOf(ApiError);
  expect(server.requests).toHaveLength(1);
});

test('leaving the loop closes the connection', async () => {
  let isClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    isClosed = resolve;
  });
  await using server = await startAnsweringServer((_, response) => {
    response.once('close', isClosed);
    response.write(event(1, 'state', {state: 'running'}));
  });
  for await (const item of new SandglassClient({baseUrl: server.baseUrl}).events('r1')) {
    expect(item.kind).toBe('state');
    break;
  }
  await closed;
});

import {describe, expect, it} from 'vitest';
import {readEvents} from '../support/read-events.ts';
import {print, sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

describe('row 41: events of a run', () => {
  it('come in order, numbered from 1, and end with the finished run', async () => {
    await using server = await TestServer.start({scripts: {hi: print('one ', 'two')}});
    const {id} = await server.submit('hi');
    const events = await readEvents(await server.fetch(`/v1/runs/${id}/events`));
    expect(events.map(({id: seq}) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events[0]).toMatchObject({event: 'state', data: {state: 'queued'}});
    const text = events.filter(({event}) => event === 'stdout').map(({data}) => data.data);
    expect(text.join('')).toBe('one two');
    expect(events.at(-1)).toMatchObject({
      event: 'finished',
      data: {id, state: 'finished', run: {stdout: 'one two'}},
    });
  });

  it('resume behind Last-Event-ID without loss or repetition', async () => {
    const pieces = Array.from({length: 30}, (_, index) => `piece ${index}\n`);
    await using server = await TestServer.start({scripts: {many: print(...pieces)}});
    const {id} = await server.submit('many');
    const first = await readEvents(await server.fetch(`/v1/runs/${id}/events`), 4);
    const headers = {'last-event-id': String(first.at(-1)?.id)};
    const rest = await readEvents(await server.fetch(`/v1/runs/${id}/events`, {headers}));
    expect(rest[0]?.id).toBe((first.at(-1)?.id ?? 0) + 1);
    const text = [...first, ...rest].filter(({event}) => event === 'stdout').map(({data}) => data.data);
    // Whoever resumes after the end gets the whole output with the finished run instead of again in pieces.
    if (rest.length > 1) expect(text.join('')).toBe(pieces.join(''));
    expect(rest.at(-1)?.data.run.stdout).toBe(pieces.join(''));
  });

  it('are made from the stored result for whoever comes after the end', async () => {
    await using server = await TestServer.start({scripts: {hi: print('late')}});
    const {id} = await server.submit('hi', '?wait=true');
    const events = await readEvents(await server.fetch(`/v1/runs/${id}/events`));
    expect(events.map(({event}) => event)).toEqual(['state', 'state', 'stdout', 'finished']);
    expect(events[2]).toMatchObject({data: {data: 'late'}});
  });

  it('never cut a character, and carry bytes that are no text as base64', async () => {
    const euro = new TextEncoder().encode('€');
    await using server = await TestServer.start({
      scripts: {
        cut: print(euro.subarray(0, 1), euro.subarray(1, 2), euro.subarray(2), new Uint8Array([0xff])),
      },
    });
    const {id} = await server.submit('cut');
    const events = await readEvents(await server.fetch(`/v1/runs/${id}/events`));
    const bytes = events
      .filter(({event}) => event === 'stdout')
      .map(({data}) =>
        data.data === undefined ? Buffer.from(data.dataBase64, 'base64') : Buffer.from(data.data),
      );
    expect(Buffer.concat(bytes)).toEqual(Buffer.concat([euro, Buffer.from([0xff])]));
    expect(events.some(({data}) => data.data?.includes('\ufffd'))).toBe(false);
  });

  it('reach several subscribers alike', async () => {
    await using server = await TestServer.start({
      scripts: {
        slow: async (options, attempt) => {
          await sleep(100)(options, attempt);
          return await print('a', 'b', 'c')(options, attempt);
        },
      },
    });
    const {id} = await server.submit('slow');
    const read = async () => await readEvents(await server.fetch(`/v1/runs/${id}/events`));
    const [one, two] = await Promise.all([read(), read()]);
    expect(one).toEqual(two);
  });

  it('of an unknown run are a 404, with a malformed Last-Event-ID a 400', async () => {
    await using server = await TestServer.start();
    const run = await server.submit('x', '?wait=true');
    expect((await server.fetch('/v1/runs/01900000-0000-7000-8000-000000000000/events')).status).toBe(404);
    expect((await server.fetch(`/v1/runs/${run.id}/events`, {headers: {'last-event-id': 'x'}})).status).toBe(
      400,
    );
  });
});

import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {readServerSentEvents} from '../src/server-sent-events.ts';

const utf8 = new TextEncoder();

async function parse(...chunks: readonly Uint8Array[]) {
  const events = [];
  for await (const event of readServerSentEvents(ReadableStream.from(chunks))) events.push(event);
  return events;
}

describe('readServerSentEvents', () => {
  test.each(['\n', '\r\n', '\r'])('reads events whose lines end with %j', async (end) => {
    const text = ['event: stdout', 'id: 7', 'data: {"a":1}', '', ''].join(end);
    expect(await parse(utf8.encode(text + end))).toEqual([{event: 'stdout', id: '7', data: '{"a":1}'}]);
  });

  test('joins several data lines, skips comments and keeps the last id', async () => {
    const text = ': hello\n\nid: 1\ndata: a\ndata: b\n\n: heartbeat\n\ndata: c\n\n';
    expect(await parse(utf8.encode(text))).toEqual([
      {event: 'message', id: '1', data: 'a\nb'},
      {event: 'message', id: '1', data: 'c'},
    ]);
  });

  test('leaves out an event that the end of the stream cut off', async () => {
    expect(await parse(utf8.encode('data: whole\n\ndata: cut'))).toHaveLength(1);
  });

  test('gives the same events however the bytes are cut', async () => {
    const bytes = utf8.encode('event: stdout\r\nid: 1\r\ndata: "grüße 🎉"\r\n\r\nid: 2\ndata: x\n\n');
    const whole = await parse(bytes);
    expect(whole).toHaveLength(2);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({min: 0, max: bytes.length}), {maxLength: 6}), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
        expect(await parse(...pieces)).toEqual(whole);
      }),
      {numRuns: 200},
    );
  });
});

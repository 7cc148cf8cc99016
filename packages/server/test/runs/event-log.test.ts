import type {RunEvent} from '@sandglass/protocol';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {EventLog} from '../../src/runs/event-log.ts';
import {Utf8Splitter} from '../../src/runs/utf8-splitter.ts';

const bytesOf = (event: RunEvent): Buffer => {
  if (event.kind !== 'stdout' && event.kind !== 'stderr') return Buffer.alloc(0);
  return event.data === undefined ? Buffer.from(event.dataBase64 ?? '', 'base64') : Buffer.from(event.data);
};
const output = (data: Uint8Array, stream: 'stdout' | 'stderr' = 'stdout') =>
  ({kind: 'output', stream, data, atMs: 0}) as const;

describe('a splitter of UTF-8', () => {
  it('loses nothing and cuts no character, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.array(fc.nat(8)), (text, cuts) => {
        const splitter = new Utf8Splitter();
        const bytes = new TextEncoder().encode(text);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          pieces.push(new Uint8Array(splitter.push(bytes.subarray(at, at + cut))));
          at += cut;
        }
        const decoded = pieces
          .map((piece) => new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(piece))
          .join('');
        expect(decoded).toBe(text);
        expect(splitter.end()).toHaveLength(0);
      }),
    );
  });

  it('passes on bytes that are no text, all of them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const splitter = new Utf8Splitter();
        const passed = [
          ...chunks.map((chunk) => Buffer.from(splitter.push(chunk))),
          Buffer.from(splitter.end()),
        ];
        expect(Buffer.concat(passed)).toEqual(Buffer.concat(chunks));
      }),
    );
  });
});

describe('an event log', () => {
  it('gives every reader the same bytes, whenever it reads', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({maxLength: 9}), fc.boolean())), (steps) => {
        const log = new EventLog(1);
        const eager: RunEvent[] = [];
        for (const [data, isReading] of steps) {
          log.append(output(data));
          if (isReading) eager.push(...log.readAfter(eager.at(-1)?.seq ?? 0).events);
        }
        eager.push(...log.readAfter(eager.at(-1)?.seq ?? 0).events);
        const late = log.readAfter(0).events;
        expect(late.map(({seq}) => seq)).toEqual(late.map((_, index) => index + 1));
        expect(Buffer.concat(late.map(bytesOf))).toEqual(Buffer.concat(eager.map(bytesOf)));
      }),
    );
  });

  it('keeps the order of the two streams', () => {
    const log = new EventLog(1);
    for (const stream of ['stdout', 'stderr', 'stdout'] as const)
      log.append(output(Buffer.from(stream), stream));
    expect(log.readAfter(0).events.map(({kind}) => kind)).toEqual(['stdout', 'stderr', 'stdout']);
  });

  it('stays bounded and tells a reader that was too slow how much it missed', () => {
    const log = new EventLog(1);
    log.append(output(Buffer.from('first')));
    expect(log.readAfter(0).events).toHaveLength(1);
    for (let piece = 0; piece < 400; piece++) log.append(output(new Uint8Array(40_000)));
    const {events, dropped} = log.readAfter(1);
    const kept = events.reduce((sum, event) => sum + bytesOf(event).length, 0);
    expect(kept).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(dropped).toBeGreaterThan(0);
    expect(events[0]?.seq).toBe(dropped + 2);
  });

  it('gives all of a new attempt to whoever saw an earlier one', () => {
    const log = new EventLog(1);
    log.append(output(Buffer.from('lost')));
    log.beginAttempt(2);
    log.append(output(Buffer.from('again')));
    expect(log.readAfter(1)).toMatchObject({events: [{seq: 1_000_001, data: 'again'}], dropped: 0});
  });
});

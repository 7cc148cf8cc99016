import {Duplex} from 'node:stream';
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {AttachedStream} from '../../../src/drivers/docker/attached-stream.ts';

/** A piece of output as the daemon frames it. */
function framed(stream: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** A connection that the test feeds and listens to. */
function connection(): {readonly end: Duplex; readonly written: Buffer[]} {
  const written: Buffer[] = [];
  const end = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  return {end, written};
}

it('separates output from errors however the bytes are cut', async () => {
  const pieces = fc.array(fc.record({stream: fc.constantFrom(1, 2), data: fc.uint8Array({maxLength: 40})}));
  await fc.assert(
    fc.asyncProperty(pieces, fc.array(fc.integer({min: 1, max: 9}), {minLength: 1}), async (all, cuts) => {
      const {end} = connection();
      const stream = new AttachedStream(end);
      const taken: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => taken.push(chunk));
      const bytes = Buffer.concat(all.map(({stream: number, data}) => framed(number, data)));
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const length = cuts[i % cuts.length] ?? 1;
        end.push(bytes.subarray(at, at + length));
        at += length;
      }
      end.push(null);
      await new Promise((resolve) => stream.once('close', resolve));
      const wanted = Buffer.concat(all.filter((piece) => piece.stream === 1).map(({data}) => data));
      expect(Buffer.concat(taken).equals(wanted)).toBe(true);
    }),
    {numRuns: 100},
  );
});

it('passes on what is written as it is, and keeps the last words', async () => {
  const {end, written} = connection();
  const stream = new AttachedStream(end);
  stream.write('one');
  stream.cork();
  stream.write('two');
  stream.write('three');
  stream.uncork();
  end.push(framed(2, Buffer.from(`${'x'.repeat(5000)} the end\n`)));
  await expect.poll(() => stream.lastWords).toMatch(/^x{2039} the end$/);
  expect(Buffer.concat(written).toString()).toBe('onetwothree');
  stream.destroy();
  expect(end.destroyed).toBe(true);
});

it('reads no more while nobody takes it', async () => {
  const {end} = connection();
  const stream = new AttachedStream(end);
  end.push(framed(1, Buffer.alloc(1024 * 1024)));
  await expect.poll(() => end.isPaused()).toBe(true);
  stream.resume();
  await expect.poll(() => end.isPaused()).toBe(false);
});

import {expect, it} from 'vitest';
import {ProgressLine, type Screen} from '../../src/images/progress-line.ts';

const MIB = 1024 * 1024;

/** What a terminal of this width, or a pipe, is sent. */
function record(isTTY: boolean, columns = 80): {readonly screen: Screen; readonly sent: string[]} {
  const sent: string[] = [];
  return {sent, screen: {isTTY, columns, write: (text) => sent.push(text)}};
}

it('draws a bar over itself on a terminal, and leaves the line empty', () => {
  const {screen, sent} = record(true);
  const line = new ProgressLine(screen);
  line.show({kind: 'step', message: 'Fetching python:3.12'});
  line.show({kind: 'bytes', done: 5 * MIB, total: 10 * MIB});
  line[Symbol.dispose]();
  expect(sent.map((text) => text.replace('\r\u001b[2K', '<'))).toEqual([
    '<Fetching python:3.12',
    `<Fetching python:3.12  [${'='.repeat(15)}${' '.repeat(15)}] 50 % of 10.0 MiB`,
    '<',
  ]);
});

it('draws no more often than an eye follows', () => {
  const {screen, sent} = record(true);
  const line = new ProgressLine(screen);
  for (let done = 0; done < 1000; done += 1) line.show({kind: 'bytes', done, total: null});
  expect(sent.length).toBeLessThan(10);
});

it.each([
  [40, 39],
  [0, 79],
])('keeps to one line of a terminal of %i columns', (columns, length) => {
  const {screen, sent} = record(true, columns);
  new ProgressLine(screen).show({kind: 'step', message: 'x'.repeat(200)});
  expect(sent[0]).toBe(`\r\u001b[2K${'x'.repeat(length)}`);
});

it('is a plain line for each step in a pipe, with nothing that only a terminal understands', () => {
  const {screen, sent} = record(false);
  const line = new ProgressLine(screen);
  line.show({kind: 'step', message: 'Fetching evil\u001b[2J\nimage'});
  line.show({kind: 'bytes', done: 1, total: 2});
  line[Symbol.dispose]();
  expect(sent).toEqual(['Fetching evil\ufffd[2J image\n']);
});

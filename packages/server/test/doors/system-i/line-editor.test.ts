import {describe, expect, it} from 'vitest';
import {LineEditor} from '../../../src/doors/system-i/line-editor.ts';

/** What the program and the client get, in short: `write:…`, `echo:…`, `signal:…`, `end`. */
function typed(...pieces: string[]): string[] {
  const editor = new LineEditor();
  return pieces
    .flatMap((piece) => editor.type(piece))
    .map((action) =>
      action.kind === 'end'
        ? 'end'
        : `${action.kind}:${action.kind === 'signal' ? action.signal : action.text}`,
    );
}

describe('the line editor of system I clients', () => {
  it.each<[string, string[], string[]]>([
    ['takes a carriage return as Enter', ['hi\r'], ['echo:hi', 'write:hi\n']],
    ['takes a line feed as Enter', ['hi\n'], ['echo:hi', 'write:hi\n']],
    ['takes both together as one Enter', ['hi\r\n'], ['echo:hi', 'write:hi\n']],
    ['does not repeat an Enter that stands alone', ['\r'], ['write:\n']],
    ['keeps echo and lines in order', ['a\rb\r'], ['echo:a', 'write:a\n', 'echo:b', 'write:b\n']],
    ['holds a line back until Enter', ['a', 'b', '\r'], ['echo:a', 'echo:b', 'write:ab\n']],
    ['rubs out one character, whatever its bytes', ['a😀\x7f\r'], ['echo:a😀\b \b', 'write:a\n']],
    ['rubs out nothing of an empty line', ['\x7f\b\r'], ['write:\n']],
    ['erases the line at Ctrl-U', ['ab\x15c\r'], ['echo:ab\b \b\b \bc', 'write:c\n']],
    [
      'drops the line and interrupts at Ctrl-C',
      ['ab\x03c\r'],
      ['echo:ab^C', 'signal:SIGINT', 'echo:c', 'write:c\n'],
    ],
    ['quits at Ctrl-\\', ['\x1c'], ['echo:^\\', 'signal:SIGQUIT']],
    ['ends the input at Ctrl-D on an empty line', ['\x04'], ['end']],
    ['hands on an unfinished line at Ctrl-D', ['ab\x04'], ['echo:ab', 'write:ab']],
    ['shows escape sequences instead of sending them back', ['\x1b[A'], ['echo:^[[A']],
  ])('%s', (_, pieces, actions) => {
    expect(typed(...pieces)).toEqual(actions);
  });

  it('hands on a line without end in parts, and keeps all of it', () => {
    const written = typed('x'.repeat(40_000), '\r').filter((action) => action.startsWith('write:'));
    expect(written.length).toBe(3);
    expect(written.join('').replaceAll('write:', '')).toBe(`${'x'.repeat(40_000)}\n`);
  });
});

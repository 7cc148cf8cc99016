import {execFileSync} from 'node:child_process';
import {expect, it} from 'vitest';
import {type CpioEntry, writeCpio} from '../../../../src/drivers/microvm/guest/cpio.ts';

const ENTRIES: readonly CpioEntry[] = [
  {kind: 'directory', path: 'dev', mode: 0o755},
  {kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1},
  {kind: 'file', path: 'init', mode: 0o755, content: Buffer.from('12345')},
  {kind: 'link', path: 'sh', destination: 'bin/sh'},
  {kind: 'file', path: 'empty', mode: 0o644, content: Buffer.alloc(0)},
];

it('writes members as the kernel documents them: ascii numbers, names with NUL, everything at multiples of four', () => {
  const archive = writeCpio(ENTRIES);
  const members: Record<string, {mode: string; content: string; device: string}> = {};
  let at = 0;
  for (let name = ''; name !== 'TRAILER!!!'; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameBytes] = [field(1), field(6), field(11)];
    name = archive.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    expect(archive[at + 110 + nameBytes - 1]).toBe(0);
    const contentAt = Math.ceil((at + 110 + nameBytes) / 4) * 4;
    members[name] = {
      mode: mode.toString(8),
      content: archive.toString('utf8', contentAt, contentAt + size),
      device: `${field(9)}:${field(10)}`,
    };
    at = Math.ceil((contentAt + size) / 4) * 4;
  }
  expect(at).toBe(archive.length);
  expect(members).toEqual({
    dev: {mode: '40755', content: '', device: '0:0'},
    'dev/console': {mode: '20600', content: '', device: '5:1'},
    init: {mode: '100755', content: '12345', device: '0:0'},
    sh: {mode: '120777', content: 'bin/sh', device: '0:0'},
    empty: {mode: '100644', content: '', device: '0:0'},
    'TRAILER!!!': {mode: '0', content: '', device: '0:0'},
  });
});

it('writes the same bytes for the same entries', () => {
  expect(writeCpio(ENTRIES).equals(writeCpio(ENTRIES))).toBe(true);
});

const hasCpio = (() => {
  try {
    execFileSync('cpio', ['--version'], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
})();

it.skipIf(!hasCpio)('writes what the program of that name reads', () => {
  const listed = execFileSync('cpio', ['--list', '--quiet'], {input: writeCpio(ENTRIES), encoding: 'utf8'});
  expect(listed.trim().split('\n')).toEqual(ENTRIES.map(({path}) => path));
});

import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

const bash = async (code: string, artifacts: string[], more: object = {}) => {
  const result = await real.run({language: 'bash', code, artifacts, ...more});
  return {
    result,
    files: result.artifacts.map(({path, contentBase64}) => [
      path,
      Buffer.from(contentBase64, 'base64').toString(),
    ]),
  };
};

describe('artifacts', () => {
  it('come back byte for byte, sorted, from folders that the program made', async () => {
    const code =
      'mkdir -p out/deep; printf "\\0\\377" > out/b.bin; echo a > out/a.txt; echo z > out/deep/z.txt; echo no > other.log';
    const {result} = await bash(code, ['out/**', 'nothing-like-this']);
    expect(result.artifacts).toEqual([
      {path: 'out/a.txt', contentBase64: 'YQo=', truncated: false},
      {path: 'out/b.bin', contentBase64: 'AP8=', truncated: false},
      {path: 'out/deep/z.txt', contentBase64: 'ego=', truncated: false},
    ]);
  });

  it('are whatever matches, whether the program made or changed it or not', async () => {
    const files = [
      {path: 'main.sh', content: 'echo more >> notes.txt'},
      {path: 'notes.txt', content: 'first\n'},
      {path: 'same.txt', content: 'same'},
    ];
    const result = await real.run({language: 'bash', files, artifacts: ['*.txt']});
    const texts = result.artifacts.map(({contentBase64}) => Buffer.from(contentBase64, 'base64').toString());
    expect(texts).toEqual(['first\nmore\n', 'same']);
  });

  it('of a program that locks its own directory are none', async () => {
    expect((await bash('echo x > made; chmod 000 .', ['**'])).result).toMatchObject({
      outcome: 'ok',
      artifacts: [],
    });
  });

  it('never are links, pipes or devices, nor what a link points to', async () => {
    const code =
      'ln -s /etc/passwd link; mkfifo pipe; ln -s /etc folder; ln -s . loop; echo ok > real; mkdir -p closed; echo x > closed/x; chmod 000 closed';
    expect((await bash(code, ['**'])).files).toEqual([
      ['main.sh', code],
      ['real', 'ok\n'],
    ]);
  });

  it('take names of every kind', async () => {
    const code =
      "echo 1 > '$(reboot).txt'; echo 2 > $'new\\nline.txt'; echo 3 > '漢.txt'; echo 4 > '-rf.txt'; echo 5 > $'bad\\xff.txt'";
    const {files} = await bash(code, ['*.txt']);
    expect(files).toContainEqual(['$(reboot).txt', '1\n']);
    expect(files).toContainEqual(['漢.txt', '3\n']);
    expect(files).toContainEqual(['-rf.txt', '4\n']);
  });

  it('are bounded in number and size', async () => {
    const many = await bash('for i in $(seq 200); do echo $i > f$i; done', ['f*']);
    expect(many.result.artifacts.length).toBe(100);
    const large = await bash('for i in 1 2 3; do head -c 9000000 /dev/zero > big$i; done', ['big*']);
    expect(
      large.result.artifacts.map(({contentBase64, truncated}) => [
        Buffer.from(contentBase64, 'base64').length,
        truncated,
      ]),
    ).toEqual([
      [8_388_608, true],
      [8_388_608, true],
      [0, true],
    ]);
  });

  it('come from a program that failed, too', async () => {
    const {result, files} = await bash('echo partial > report; exit 3', ['report']);
    expect(result.outcome).toBe('runtime-error');
    expect(files).toEqual([['report', 'partial\n']]);
  });
});

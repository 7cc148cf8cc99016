import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempDisposable, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The command line at a terminal made by script(1). */
class AtTerminal {
  readonly #child;
  readonly closed: Promise<unknown[]>;
  said = '';
  #onSaid: (() => void) | null = null;

  constructor(args: readonly string[], cwd: string) {
    const command = [process.execPath, MAIN, ...args].join(' ');
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {cwd, stdio: ['pipe', 'pipe', 'inherit']});
    this.closed = once(this.#child, 'close');
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.said += chunk;
      this.#onSaid?.();
    });
    void this.closed.then(() => this.#onSaid?.());
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async sees(text: string): Promise<void> {
    while (!this.said.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`ended without ${text}: ${this.said}`);
      const {promise, resolve} = Promise.withResolvers<void>();
      this.#onSaid = resolve;
      await promise;
    }
  }

  async exitCode(): Promise<unknown> {
    return (await this.closed)[0];
  }
}

async function folderWith(name: string, code: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-terminal-'));
  await writeFile(join(folder.path, name), code);
  return folder;
}

describe('at a terminal', () => {
  test('run talks to the program over a terminal of its own', async () => {
    await using folder = await folderWith(
      'a.sh',
      'tty; echo ready; read -r line; echo "got <$line>"; exit 3',
    );
    const terminal = new AtTerminal(['run', 'a.sh'], folder.path);
    await terminal.sees('ready');
    terminal.type('hello\r');
    expect(await terminal.exitCode()).toBe(3);
    expect(terminal.said).toContain('/dev/pts/');
    expect(terminal.said).toContain('got <hello>');
  });

  test('Ctrl-C reaches the program, Ctrl-] ends it whatever it does', async () => {
    await using folder = await folderWith(
      'a.sh',
      "trap 'echo caught' INT; echo ready; while :; do sleep 0.1; done",
    );
    const terminal = new AtTerminal(['run', 'a.sh'], folder.path);
    await terminal.sees('ready');
    terminal.type('\x03');
    await terminal.sees('caught');
    terminal.type('\x1d');
    expect(await terminal.exitCode()).toBe(130);
  });

  test('shell opens one in a fresh sandbox, with an example of the language', async () => {
    await using folder = await folderWith('unused', '');
    const terminal = new AtTerminal(['shell', '--lang', 'python'], folder.path);
    await terminal.sees('$');
    terminal.type('ls; echo $((6 * 7))\r');
    await terminal.sees('42');
    terminal.type('exit 5\r');
    expect(await terminal.exitCode()).toBe(5);
    expect(terminal.said).toContain('example.py');
    expect(terminal.said).not.toContain('main.sh');
  });
});

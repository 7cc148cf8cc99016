import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it} from 'vitest';
import type {ExecuteOptions} from '../../src/engine.ts';
import type {Interaction, InteractiveProgram, TerminalSize} from '../../src/interaction.ts';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

/** A talker who answers what the program says. */
class Talk {
  said = '';
  readonly #terminal: TerminalSize | null;
  readonly #program = Promise.withResolvers<InteractiveProgram>();
  #onSaid: (() => void) | null = null;

  constructor(terminal: TerminalSize | null = null) {
    this.#terminal = terminal;
  }

  get options(): Pick<ExecuteOptions, 'interaction' | 'onEvent' | 'isLive'> {
    const interaction: Interaction = {
      terminal: this.#terminal,
      onProgram: (program) => this.#program.resolve(program),
    };
    return {
      interaction,
      isLive: true,
      onEvent: (event) => {
        if (event.kind !== 'output') return;
        this.said += Buffer.from(event.data).toString('latin1');
        this.#onSaid?.();
      },
    };
  }

  get program(): Promise<InteractiveProgram> {
    return this.#program.promise;
  }

  async say(text: string): Promise<void> {
    await (await this.program).write(Buffer.from(text));
  }

  async hears(text: string): Promise<void> {
    while (!this.said.includes(text)) {
      const {promise, resolve} = Promise.withResolvers<void>();
      this.#onSaid = resolve;
      await promise;
    }
  }
}

describe('a program that is talked to', () => {
  it('answers one line after the other and ends at end of file', async () => {
    const talk = new Talk();
    const code = 'import sys\nfor line in sys.stdin: print("heard", line.strip(), flush=True)\nprint("bye")';
    const running = real.run({language: 'python', code}, talk.options);
    await talk.say('one\n');
    await talk.hears('heard one\n');
    await talk.say('two\n');
    await talk.hears('heard two\n');
    (await talk.program).end();
    const result = await running;
    expect(result).toMatchObject({outcome: 'ok', run: {stdout: 'heard one\nheard two\nbye\n'}});
    expect(talk.said).toBe(result.run?.stdout);
  });

  it('reads the stdin of the request before what is said later', async () => {
    const talk = new Talk();
    const running = real.run(
      {language: 'python', code: 'print(input()); print(input())', stdin: 'first\n'},
      talk.options,
    );
    await talk.say('second\n');
    expect((await running).run?.stdout).toBe('first\nsecond\n');
  });

  it('has a terminal with the size that it was given and sees it change', async () => {
    const talk = new Talk({columns: 91, rows: 23});
    const code =
      'import os,sys\nprint(sys.stdin.isatty())\nprint(os.get_terminal_size())\ninput()\nprint(os.get_terminal_size())';
    const running = real.run({language: 'python', code}, talk.options);
    await talk.hears('columns=91, lines=23');
    (await talk.program).resize(120, 40);
    await talk.say('go\r');
    await running;
    expect(talk.said).toMatch(/True\r\n.*columns=91, lines=23.*go\r\n.*columns=120, lines=40/s);
  });

  it('gets Ctrl-C of its terminal as an interrupt', async () => {
    const talk = new Talk({columns: 80, rows: 24});
    const code =
      'import time\ntry:\n  print("ready")\n  time.sleep(60)\nexcept KeyboardInterrupt:\n  print("interrupted")';
    const running = real.run({language: 'python', code}, talk.options);
    await talk.hears('ready');
    await talk.say('\x03');
    expect((await running).outcome).toBe('ok');
    expect(talk.said).toContain('interrupted');
  });

  it('gets signals by name', async () => {
    const talk = new Talk();
    const running = real.run(
      {language: 'python', code: 'import time\nprint("ready", flush=True)\ntime.sleep(60)'},
      talk.options,
    );
    await talk.hears('ready');
    (await talk.program).signal('SIGUSR1', 'group');
    expect(await running).toMatchObject({outcome: 'signaled', run: {signal: 'SIGUSR1'}});
  });

  it('is heard to its last byte although the result keeps only a part', async () => {
    let bytes = 0;
    const result = await real.run(
      {language: 'python', code: 'print("x" * 2_999_999)', limits: {outputBytes: 1000}},
      {
        interaction: {terminal: null, onProgram: () => undefined},
        onEvent: async (event) => {
          if (event.kind === 'output') bytes += event.data.length;
          await delay(1);
        },
      },
    );
    expect(bytes).toBe(3_000_000);
    expect(result.run).toMatchObject({
      stdoutTruncated: true,
      stdoutBytes: 3_000_000,
      stdout: 'x'.repeat(1000),
    });
  });
});

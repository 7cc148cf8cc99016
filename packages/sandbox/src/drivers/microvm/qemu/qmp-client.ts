import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';

/** Answers are a few hundred bytes. A monitor that sends more without a line's end has been taken over by its guest. */
const MAX_LINE_CHARACTERS = 256 * 1024;

const MESSAGE = Compile(
  Type.Object({
    id: Type.Optional(Type.Number()),
    return: Type.Optional(Type.Unknown()),
    error: Type.Optional(Type.Object({class: Type.String(), desc: Type.String()})),
    event: Type.Optional(Type.String()),
  }),
);

interface Pending {
  readonly command: string;
  readonly answer: PromiseWithResolvers<unknown>;
}

/** The QEMU Machine Protocol, as far as it is used here: commands, answered in order, and events by name. The greeting is skipped. */
export class QmpClient {
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #text = '';
  #lost: SandglassError | null = null;

  readonly #onEvent: (name: string) => void;

  /** Takes the stream over and leaves the negotiation mode. */
  constructor(stream: Duplex, onEvent: (name: string) => void) {
    this.#stream = stream;
    this.#onEvent = onEvent;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#receive(text));
    stream.on('error', (error: Error) => this.#lose(error.message));
    stream.on('end', () => this.#lose('it ended'));
    stream.on('close', () => this.#lose('it ended'));
    this.execute('qmp_capabilities').catch(() => {}); // What follows would fail as well, and is waited for.
  }

  /** Resolves with what the command returns. Throws `isolation-failed` when QEMU refuses or is gone. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, {command, answer});
    this.#stream.write(`${JSON.stringify({execute: command, arguments: args, id})}\n`);
    return answer.promise;
  }

  #receive(text: string): void {
    this.#text += text;
    if (this.#text.length > MAX_LINE_CHARACTERS) {
      this.#stream.destroy();
      this.#lose(`it sent ${this.#text.length} characters at once`);
      return;
    }
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#handle(line);
  }

  #handle(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      message = null;
    }
    if (!MESSAGE.Check(message)) {
      this.#stream.destroy();
      this.#lose('it sent something that is not of its protocol');
      return;
    }
    if (message.event !== undefined) this.#onEvent(message.event);
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (message.id === undefined || pending === undefined) return;
    this.#pending.delete(message.id);
    if (message.error === undefined) pending.answer.resolve(message.return);
    else
      pending.answer.reject(
        new SandglassError('isolation-failed', `QEMU refused ${pending.command}: ${message.error.desc}.`),
      );
  }

  #lose(why: string): void {
    if (this.#lost !== null) return;
    this.#lost = new SandglassError('isolation-failed', `The connection to QEMU is gone: ${why}.`);
    for (const {answer} of this.#pending.values()) {
      answer.promise.catch(() => {});
      answer.reject(this.#lost);
    }
    this.#pending.clear();
  }
}

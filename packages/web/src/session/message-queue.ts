import type {LiveMessage} from './live-message.ts';

/** About one frame: what arrives in between is shown together. */
const GATHER_MS = 16;

/**
 * Hands messages on in order, a frame's worth at a time, outputs of one stream joined. A program that writes a hundred
 * thousand lines sends as many messages, and drawing the page for each would keep it busy long after the program's end.
 */
export class MessageQueue {
  readonly #deliver: (messages: readonly LiveMessage[]) => void;
  #waiting: LiveMessage[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(deliver: (messages: readonly LiveMessage[]) => void) {
    this.#deliver = deliver;
  }

  push(message: LiveMessage): void {
    this.#waiting.push(message);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Hands on what waits, at once. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const messages = joinOutputs(this.#waiting);
    this.#waiting = [];
    if (messages.length > 0) this.#deliver(messages);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }
}

/** The same messages with neighbouring texts of one stream made one. */
export function joinOutputs(messages: readonly LiveMessage[]): LiveMessage[] {
  const joined: LiveMessage[] = [];
  let texts: string[] = [];
  for (const [index, message] of messages.entries()) {
    if ((message.kind !== 'stdout' && message.kind !== 'stderr') || message.data === undefined) {
      joined.push(message);
      continue;
    }
    texts.push(message.data);
    const next = messages[index + 1];
    if (next?.kind === message.kind && next.data !== undefined) continue;
    joined.push({kind: message.kind, data: texts.join('')});
    texts = [];
  }
  return joined;
}

/** Answers that may be this old: what was revoked in another process acts within a second. */
const MAX_AGE_MS = 500;
const MAX_ENTRIES = 10_000;

/** Remembers answers for half a second, so that a client that asks a thousand times a second costs two look-ups. */
export class Recent<Value> {
  readonly #entries = new Map<string, {readonly value: Promise<Value>; readonly untilMs: number}>();
  readonly #clock: () => number;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const now = this.#clock();
    const known = this.#entries.get(key);
    if (known !== undefined && known.untilMs > now) return await known.value;
    const value = load();
    this.#entries.delete(key);
    this.#entries.set(key, {value, untilMs: now + MAX_AGE_MS});
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > MAX_ENTRIES) this.#entries.delete(oldest);
    // A fault is not an answer: the next request tries again.
    value.catch(() => this.#entries.delete(key));
    return await value;
  }

  clear(): void {
    this.#entries.clear();
  }
}

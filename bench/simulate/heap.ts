/** The smallest key first; equal keys in the order they came. A binary heap over parallel arrays: millions of entries pass through it. */
export class Heap<Item> {
  readonly #keys: number[] = [];
  readonly #orders: number[] = [];
  readonly #items: Item[] = [];
  #count = 0;

  get size(): number {
    return this.#items.length;
  }

  /** `Infinity` when there is nothing. */
  get firstKey(): number {
    return this.#keys[0] ?? Number.POSITIVE_INFINITY;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  push(key: number, item: Item): void {
    this.#keys.push(key);
    this.#orders.push(this.#count++);
    this.#items.push(item);
    let at = this.#items.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): Item | undefined {
    const last = this.#items.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    this.#keys.pop();
    this.#orders.pop();
    const item = this.#items.pop();
    this.#sink();
    return item;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#items.length && this.#isBefore(left, least)) least = left;
      if (right < this.#items.length && this.#isBefore(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a = 0, b = 0] = [this.#keys[one], this.#keys[other]];
    return a < b || (a === b && (this.#orders[one] ?? 0) < (this.#orders[other] ?? 0));
  }

  #swap(one: number, other: number): void {
    swapIn(this.#keys, one, other);
    swapIn(this.#orders, one, other);
    swapIn(this.#items, one, other);
  }
}

function swapIn<Value>(values: Value[], one: number, other: number): void {
  // Both lie within the heap, which the callers have looked at.
  const kept = values[one] as Value;
  values[one] = values[other] as Value;
  values[other] = kept;
}

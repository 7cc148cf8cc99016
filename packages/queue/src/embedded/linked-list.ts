/** A place in a {@link LinkedList}; it knows its neighbours, so removing it takes constant time. */
export class LinkedNode<Value> {
  readonly value: Value;
  list: LinkedList<Value> | null = null;
  previous: LinkedNode<Value> | null = null;
  next: LinkedNode<Value> | null = null;

  constructor(value: Value) {
    this.value = value;
  }
}

/**
 * First in, first out, with removal from the middle, each in constant time. A `Map` keeps order too, but finding its first
 * entry after many removals walks over the removed ones, which makes emptying a long queue quadratic.
 */
export class LinkedList<Value> {
  #first: LinkedNode<Value> | null = null;
  #last: LinkedNode<Value> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Value | undefined {
    return this.#first?.value;
  }

  /** From the oldest on. The list must not change meanwhile. */
  *values(): Generator<Value> {
    for (let node = this.#first; node !== null; node = node.next) yield node.value;
  }

  append(value: Value): LinkedNode<Value> {
    const node = new LinkedNode(value);
    node.list = this;
    node.previous = this.#last;
    if (this.#last === null) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
    return node;
  }

  /** Takes the oldest value out; undefined when there is none. */
  shift(): Value | undefined {
    const node = this.#first;
    if (node === null) return undefined;
    this.remove(node);
    return node.value;
  }

  /** False when the node is not in this list (any more). */
  remove(node: LinkedNode<Value>): boolean {
    if (node.list !== this) return false;
    if (node.previous === null) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === null) this.#last = node.previous;
    else node.next.previous = node.previous;
    node.list = null;
    node.previous = null;
    node.next = null;
    this.#size -= 1;
    return true;
  }
}

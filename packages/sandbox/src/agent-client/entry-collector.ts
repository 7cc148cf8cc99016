import {type AgentMessage, type ListedEntry, violation} from '@sandglass/protocol/agent';

export interface Listing {
  readonly entries: ListedEntry[];
  readonly isTruncated: boolean;
}

/** Puts the ENTRIES of a LIST together. */
export class EntryCollector {
  readonly #maxEntries: number;
  readonly #entries: ListedEntry[] = [];

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The listing once its last part came, undefined before. Throws `agent-protocol-violation`. */
  take(message: AgentMessage): Listing | undefined {
    if (message.kind !== 'entries') throw violation(`${message.kind} as an answer to a listing`);
    if (this.#entries.length + message.entries.length > this.#maxEntries)
      throw violation(`more than the ${this.#maxEntries} directory entries that were wanted`);
    for (const entry of message.entries) this.#entries.push(entry);
    return message.isLast ? {entries: this.#entries, isTruncated: message.isTruncated} : undefined;
  }
}

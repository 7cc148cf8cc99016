import {isUtf8} from 'node:buffer';
import type {EngineEvent, Run, RunEvent} from '@sandglass/protocol';
import {Utf8Splitter} from './utf8-splitter.ts';

/** Events of one run kept for late subscribers and for resuming; the finished run holds all of its output anyway. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;
/** What an entry costs beside its bytes, so that a million one-byte prints stay bounded too. */
const ENTRY_BYTES = 200;
/** Pieces that nobody has read yet grow up to this before another entry begins. */
const MAX_MERGED_BYTES = 64 * 1024;
/**
 * Numbers that an attempt has for itself. A later attempt of a run begins at the next multiple, so whoever resumes after the
 * server was restarted gets all of the new attempt.
 */
const SEQ_PER_ATTEMPT = 1_000_000;

type OutputStream = 'stdout' | 'stderr';
interface OutputEntry {
  readonly kind: OutputStream;
  readonly parts: Uint8Array[];
  byteLength: number;
  readonly atMs: number;
}
type Entry = OutputEntry | Extract<RunEvent, {kind: 'state' | 'compiled' | 'test' | 'finished'}>;

/** What a reader gets: events in order, and how many between its position and the first were dropped unread. */
export interface EventPage {
  readonly events: readonly RunEvent[];
  readonly dropped: number;
}

/**
 * The numbered events of one run, bounded by bytes. Readers pull at their own pace with their own position, so a slow one
 * costs nothing: what it has not read when the log is full is dropped, oldest first, and it is told so.
 */
export class EventLog {
  #entries: Entry[] = [];
  #firstSeq: number;
  #bytes = 0;
  /** The highest number that any reader has; entries after it may still grow. */
  #readSeq = 0;
  #isEnded = false;
  readonly #splitters = {stdout: new Utf8Splitter(), stderr: new Utf8Splitter()};
  #lastOutputAtMs = 0;
  readonly #listeners = new Set<() => void>();

  constructor(attempt: number) {
    this.#firstSeq = firstSeqOf(attempt);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Numbers go on at the range of that attempt. What an earlier one printed is no part of the run's result and is forgotten. */
  beginAttempt(attempt: number): void {
    if (attempt <= 1) return;
    this.#entries = [];
    this.#bytes = 0;
    this.#firstSeq = firstSeqOf(attempt);
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }

  append(event: EngineEvent): void {
    switch (event.kind) {
      case 'state':
        this.#push({seq: this.#nextSeq, kind: 'state', state: event.state}, ENTRY_BYTES);
        break;
      case 'compiled': {
        const size = event.compile.stdout.length + event.compile.stderr.length + ENTRY_BYTES;
        this.#push({seq: this.#nextSeq, kind: 'compiled', compile: event.compile}, size);
        break;
      }
      case 'output':
        this.#lastOutputAtMs = event.atMs;
        this.#appendOutput(event.stream, this.#splitters[event.stream].push(event.data));
        break;
      case 'test': {
        const {run, transcript = ''} = event.test;
        const size = (run?.stdout.length ?? 0) + (run?.stderr.length ?? 0) + transcript.length + ENTRY_BYTES;
        this.#push({seq: this.#nextSeq, kind: 'test', test: event.test}, size);
        break;
      }
      default:
        event satisfies never;
    }
  }

  /** The last event. */
  finish(run: Run): void {
    this.#appendOutput('stdout', this.#splitters.stdout.end());
    this.#appendOutput('stderr', this.#splitters.stderr.end());
    this.#isEnded = true;
    this.#push({seq: this.#nextSeq, kind: 'finished', run}, ENTRY_BYTES);
  }

  /** Ends the log without a result: the server stops, and the run goes on after the next start. */
  abandon(): void {
    this.#isEnded = true;
    this.#notify();
  }

  /** Events after number `seq`, oldest first. */
  readAfter(seq: number): EventPage {
    // A number from before a restart may be ahead of this log: that reader has seen nothing of it.
    const position = seq >= this.#nextSeq ? 0 : seq;
    const from = Math.max(position + 1, this.#firstSeq);
    const isSameAttempt =
      position > 0 && Math.ceil(position / SEQ_PER_ATTEMPT) === Math.ceil(from / SEQ_PER_ATTEMPT);
    const events = this.#entries
      .slice(from - this.#firstSeq)
      .map((entry, index) => toEvent(entry, from + index));
    this.#readSeq = Math.max(this.#readSeq, this.#nextSeq - 1);
    return {events, dropped: isSameAttempt ? from - position - 1 : 0};
  }

  /** Calls back whenever there is something new. The returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get #nextSeq(): number {
    return this.#firstSeq + this.#entries.length;
  }

  #appendOutput(stream: OutputStream, data: Uint8Array): void {
    if (data.length === 0) return;
    const own = ownBytes(data);
    const last = this.#entries.at(-1);
    const isUnread = this.#nextSeq - 1 > this.#readSeq;
    if (isUnread && last?.kind === stream && last.byteLength + data.length <= MAX_MERGED_BYTES) {
      last.parts.push(own);
      last.byteLength += data.length;
      this.#bytes += data.length;
      this.#notify();
      return;
    }
    const entry = {kind: stream, parts: [own], byteLength: data.length, atMs: this.#lastOutputAtMs};
    this.#push(entry, data.length + ENTRY_BYTES);
  }

  #push(entry: Entry, bytes: number): void {
    this.#entries.push(entry);
    this.#bytes += bytes;
    if (this.#bytes > MAX_LOG_BYTES) this.#dropOldest();
    this.#notify();
  }

  /** Down to half of the bound at once, so that a full log does not move its entries for every new one. */
  #dropOldest(): void {
    let count = 0;
    while (this.#bytes > MAX_LOG_BYTES / 2 && count < this.#entries.length - 1) {
      const entry = this.#entries[count];
      this.#bytes -= entry !== undefined && 'parts' in entry ? entry.byteLength + ENTRY_BYTES : ENTRY_BYTES;
      count++;
    }
    this.#entries = this.#entries.slice(count);
    this.#firstSeq += count;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function firstSeqOf(attempt: number): number {
  return Math.max(0, attempt - 1) * SEQ_PER_ATTEMPT + 1;
}

/** A small view may keep a large read buffer alive; then its bytes are copied. */
function ownBytes(data: Uint8Array): Uint8Array {
  return data.length * 2 < data.buffer.byteLength ? new Uint8Array(data) : data;
}

function toEvent(entry: Entry, seq: number): RunEvent {
  if (!('parts' in entry)) return entry;
  const bytes = entry.parts.length === 1 ? (entry.parts[0] ?? new Uint8Array()) : Buffer.concat(entry.parts);
  return {seq, kind: entry.kind, ...encodeOutput(bytes), atMs: entry.atMs};
}

/** Text where the bytes are UTF-8, else base64. */
function encodeOutput(bytes: Uint8Array): {data: string} | {dataBase64: string} {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? {data: buffer.toString('utf8')} : {dataBase64: buffer.toString('base64')};
}

import {readFile} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';
import type {Execution, Sandbox} from '@sandglass/sandbox';
import type {Destinations} from './destinations.ts';
import {RelayChannel} from './relay-channel.ts';
import {
  ASK_LATER,
  encodeFrame,
  encodeNumber,
  MAX_CHANNELS,
  NO_SUCH_NAME,
  RELAY_CLOSE,
  RELAY_CREDIT,
  RELAY_DATA,
  RELAY_LOOKUP,
  RELAY_NAME,
  RELAY_OPEN,
  RELAY_READY,
  RelayDecoder,
  type RelayFrame,
} from './relay-frames.ts';
import {TokenBucket} from './token-bucket.ts';

const RELAY_PATH = '.sandglass/relay';
const READY_WITHIN_MS = 5_000;
/** More connections than a busy client opens one after the other; past it they are reset. */
const OPENINGS = {burst: 1024, perSecond: 256};
/** With those that the program has ended and whose last bytes a slow target has not taken yet. */
const MAX_CONNECTIONS = 4 * MAX_CHANNELS;
/** RFC 1035: 255 bytes on the wire, and its length here. */
const MAX_NAME_BYTES = 4 + 255;
/** Far more than a relay that reads ever leaves waiting. */
const MAX_UNSENT_FRAMES = 16_384;

/**
 * The worker's end of a sandbox's network. The relay program inside runs with the program's rights and is trusted as little: it can ask for
 * destinations by their number, and for the numbers of names; what either may be is decided here.
 */
export class Relay implements Disposable {
  readonly #destinations: Destinations;
  readonly #openings = new TokenBucket(OPENINGS);
  readonly #channels = new Map<number, RelayChannel>();
  /** Those, and the ones whose last bytes are still on their way to a target. */
  readonly #connections = new Set<RelayChannel>();
  readonly #decoder = new RelayDecoder();
  readonly #ready = Promise.withResolvers<void>();
  #execution: Execution | null = null;
  #unsentFrames = 0;

  private constructor(destinations: Destinations) {
    this.#destinations = destinations;
  }

  /** Starts the relay in a fresh sandbox; the caller disposes it when the run is over. Throws `isolation-failed`. */
  static async start(sandbox: Sandbox, destinations: Destinations, program: RelayProgram): Promise<Relay> {
    const relay = new Relay(destinations);
    relay.#execution = sandbox.exec({
      argv: [RELAY_PATH, ...destinations.relayArguments],
      env: {},
      cwd: '',
      files: [{path: RELAY_PATH, content: program.content, mode: 0o755}],
      stdin: 'open',
      terminal: null,
      wallTimeMs: 0,
      cpuTimeMs: 0,
      outputBytes: 0,
      fileBytes: 0,
      processes: 0,
      stopAtOutputLimit: false,
      keepOthers: true,
      onOutput: (stream, data) => {
        if (stream === 'stdout') relay.#receive(data);
      },
    });
    relay.#execution.started.catch((error: unknown) => relay.#ready.reject(error));
    relay.#execution.exited.then(
      () => relay.#ready.reject(new Error('it ended')),
      (error: unknown) => relay.#ready.reject(error),
    );
    const timer = setTimeout(() => relay.#ready.reject(new Error('it did not answer')), READY_WITHIN_MS);
    try {
      await relay.#ready.promise;
    } catch (error) {
      throw new SandglassError('isolation-failed', `Cannot start the network relay: ${String(error)}.`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
    return relay;
  }

  [Symbol.dispose](): void {
    // The program sees its connections break instead of waiting for its wall time.
    this.#execution?.signal('SIGKILL', 'main');
    this.#execution = null;
    for (const channel of [...this.#connections]) channel.close();
  }

  #receive(data: Uint8Array): void {
    if (this.#execution === null) return;
    const frames = this.#decoder.push(data);
    const isWell = frames?.every((frame) => this.#handle(frame)) ?? false;
    // Only the relay, or a program that took it over, can have broken the rules: it loses its network.
    if (!isWell) this[Symbol.dispose]();
  }

  #handle({type, channel: id, payload, isLast}: RelayFrame): boolean {
    const channel = this.#channels.get(id);
    switch (type) {
      case RELAY_READY:
        this.#ready.resolve();
        return true;
      case RELAY_OPEN:
        return channel === undefined && payload.length === 4 && this.#open(id, payload.readUInt32LE(0));
      case RELAY_LOOKUP:
        return this.#lookUp(id, payload);
      case RELAY_DATA:
        return channel?.receive(payload, isLast) ?? true;
      case RELAY_CREDIT:
        return payload.length === 4 && (channel?.grant(payload.readUInt32LE(0)) ?? true);
      case RELAY_CLOSE:
        channel?.close();
        return true;
      default:
        return false;
    }
  }

  #open(id: number, index: number): boolean {
    const target = this.#destinations.find(index);
    if (target === null) return false;
    const isTooMuch = this.#connections.size >= MAX_CONNECTIONS || !this.#openings.take();
    if (target === 'refused' || isTooMuch) {
      this.#send(encodeFrame(RELAY_CLOSE, id, new Uint8Array()));
      return true;
    }
    const channel = new RelayChannel({
      id,
      target,
      send: (frame) => this.#send(frame),
      onDone: () => this.#channels.delete(id),
      onClosed: () => this.#connections.delete(channel),
    });
    this.#connections.add(channel);
    this.#channels.set(id, channel);
    return true;
  }

  /** A string: its length in four bytes, then so many. */
  #lookUp(id: number, payload: Buffer): boolean {
    if (
      payload.length < 4 ||
      payload.length > MAX_NAME_BYTES ||
      payload.readUInt32LE(0) !== payload.length - 4
    )
      return false;
    void this.#destinations.lookUp(payload.toString('latin1', 4)).then((answer) => {
      const number = answer === null ? NO_SUCH_NAME : answer === 'busy' ? ASK_LATER : answer;
      this.#send(encodeFrame(RELAY_NAME, id, encodeNumber(number)));
    });
    return true;
  }

  /** The windows bound the data that waits for a relay that does not read; this bounds the frames, of which opening and closing makes any number. */
  #send(frame: Buffer): void {
    if (this.#execution === null) return;
    if (this.#unsentFrames >= MAX_UNSENT_FRAMES) {
      this[Symbol.dispose]();
      return;
    }
    this.#unsentFrames += 1;
    const sent = () => {
      this.#unsentFrames -= 1;
    };
    this.#execution.write(frame).then(sent, sent);
  }
}

/** The relay's binary, read once. */
export interface RelayProgram {
  readonly content: Uint8Array;
}

/** Throws `isolation-unavailable` when it was not built. */
export async function readRelayProgram(path: string): Promise<RelayProgram> {
  try {
    return {content: await readFile(path)};
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot read the network relay ${path}: ${String(error)}. Build it with "make -C native".`,
      {cause: error},
    );
  }
}

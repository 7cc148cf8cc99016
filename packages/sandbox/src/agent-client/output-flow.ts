import {type OutputStreamName, violation} from '@sandglass/protocol/agent';
import type {Command} from '../driver.ts';
import {PendingOutput} from './pending-output.ts';

/** Output on its way from agent to consumer, for each stream. A megabyte-a-millisecond program needs no more to keep going. */
export const OUTPUT_WINDOW_BYTES = 262_144;

/** Credit goes back in steps of this size: a program that prints little causes no message at all. */
const GRANT_BYTES = OUTPUT_WINDOW_BYTES / 4;

export interface OutputFlowOptions {
  readonly onOutput: Command['onOutput'];
  /** Tells the agent that it may send more. */
  readonly grant: (stream: OutputStreamName, bytes: number) => void;
  /** The consumer threw; what still comes is dropped. */
  readonly onConsumerFailure: (error: unknown) => void;
}

/**
 * Hands output to its consumer in order, one piece at a time, and gives credit for what was taken. What waits meanwhile is
 * bounded by the credit, so a consumer that stops makes the program's next write block.
 */
export class OutputFlow {
  readonly #options: OutputFlowOptions;
  readonly #credit: Record<OutputStreamName, number>;
  readonly #taken: Record<OutputStreamName, number> = {stdout: 0, stderr: 0, terminal: 0};
  readonly #received: Record<OutputStreamName, number> = {stdout: 0, stderr: 0, terminal: 0};
  readonly #pending = new PendingOutput();
  #isBusy = false;
  #isDropping = false;
  #onIdle: (() => void) | null = null;

  constructor(hasTerminal: boolean, options: OutputFlowOptions) {
    this.#options = options;
    this.#credit = hasTerminal
      ? {stdout: 0, stderr: 0, terminal: OUTPUT_WINDOW_BYTES}
      : {stdout: OUTPUT_WINDOW_BYTES, stderr: OUTPUT_WINDOW_BYTES, terminal: 0};
  }

  /** True while the consumer holds output back. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** What the agent has sent; a terminal counts as stdout. */
  get receivedBytes(): {readonly stdoutBytes: number; readonly stderrBytes: number} {
    const {stdout, stderr, terminal} = this.#received;
    return {stdoutBytes: stdout + terminal, stderrBytes: stderr};
  }

  /** Throws `agent-protocol-violation` when the agent sends more than it may. */
  receive(stream: OutputStreamName, data: Buffer): void {
    if (data.length > this.#credit[stream])
      throw violation(`${data.length} bytes of ${stream} with a credit of ${this.#credit[stream]}`);
    this.#credit[stream] -= data.length;
    this.#received[stream] += data.length;
    if (this.#isBusy) this.#pending.add(stream, data);
    else this.#handOver(stream, data);
  }

  /** Calls back, at once if possible, when everything received was taken. */
  whenIdle(callback: () => void): void {
    if (this.#isBusy) this.#onIdle = callback;
    else callback();
  }

  #handOver(stream: OutputStreamName, data: Buffer): void {
    const taking = this.#offer(stream, data);
    if (taking === undefined) {
      this.#giveBack(stream, data.length);
      return;
    }
    this.#isBusy = true;
    const goOn = (): void => {
      this.#isBusy = false;
      this.#giveBack(stream, data.length);
      this.#handOverPending();
    };
    taking.then(goOn, (error: unknown) => {
      this.#drop(error);
      goOn();
    });
  }

  #handOverPending(): void {
    while (!this.#isBusy) {
      const piece = this.#pending.shift();
      if (piece === undefined) {
        this.#onIdle?.();
        return;
      }
      this.#handOver(piece.stream, piece.data);
    }
  }

  #offer(stream: OutputStreamName, data: Buffer): Promise<void> | undefined {
    if (this.#isDropping) return undefined;
    try {
      return this.#options.onOutput(stream, data) ?? undefined;
    } catch (error) {
      this.#drop(error);
      return undefined;
    }
  }

  #drop(error: unknown): void {
    this.#isDropping = true;
    this.#options.onConsumerFailure(error);
  }

  #giveBack(stream: OutputStreamName, bytes: number): void {
    this.#taken[stream] += bytes;
    const taken = this.#taken[stream];
    if (taken < GRANT_BYTES) return;
    this.#taken[stream] = 0;
    this.#credit[stream] += taken;
    this.#options.grant(stream, taken);
  }
}

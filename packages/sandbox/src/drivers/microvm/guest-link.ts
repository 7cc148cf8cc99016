import {randomBytes} from 'node:crypto';
import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {
  decodeGuestMessage,
  encodeRenewRequest,
  type Frame,
  FrameWriter,
  maxGuestPayloadBytes,
  violation,
} from '@sandglass/protocol/agent';
import {describeStep} from '../../agent-client/describe-step.ts';
import {FrameConnection, type FrameListener} from '../../frame-connection.ts';

const ENTROPY_BYTES = 64;
const NS_PER_MS = 1_000_000n;

/** The worker's end of a guest's first channel: random numbers and the time. */
export class GuestLink implements FrameListener {
  readonly #connection: FrameConnection;
  readonly #renewals: PromiseWithResolvers<void>[] = [];
  #lost: Error | null = null;

  /** Takes the stream over. */
  constructor(stream: Duplex) {
    this.#connection = new FrameConnection(stream, maxGuestPayloadBytes);
    this.#connection.listen(this);
  }

  /**
   * Gives the guest random numbers and a clock of its own. Until then every machine of one template draws the same numbers, so this
   * comes before any program.
   */
  async renew(): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    const renewal = Promise.withResolvers<void>();
    this.#renewals.push(renewal);
    const writer = new FrameWriter();
    encodeRenewRequest(writer, {
      entropy: randomBytes(ENTROPY_BYTES),
      realtimeNs: BigInt(Date.now()) * NS_PER_MS,
    });
    this.#connection.send(writer);
    await renewal.promise;
  }

  close(): void {
    this.#connection.close();
  }

  onFrame(frame: Frame): void {
    const message = decodeGuestMessage(frame);
    if (message.kind === 'fault')
      throw new SandglassError('sandbox-lost', `The guest gave up: ${describeStep(message)}.`);
    const renewal = message.kind === 'renewed' ? this.#renewals.shift() : undefined;
    if (renewal === undefined) throw violation(`${message.kind} from a guest that was not asked`);
    renewal.resolve();
  }

  onClose(cause: Error | null): void {
    this.#lost =
      cause instanceof SandglassError
        ? cause
        : new SandglassError('sandbox-lost', 'The connection to the guest ended.', {cause});
    for (const renewal of this.#renewals.splice(0)) renewal.reject(this.#lost);
  }
}

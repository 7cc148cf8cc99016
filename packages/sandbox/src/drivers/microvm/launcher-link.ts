import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {
  decodeLauncherMessage,
  encodeLauncherRequest,
  type Frame,
  FrameWriter,
  type LauncherLimits,
  maxLauncherPayloadBytes,
  violation,
} from '@sandglass/protocol/agent';
import {describeStep} from '../../agent-client/describe-step.ts';
import {FrameConnection, type FrameListener} from '../../frame-connection.ts';

const REQUEST_BYTES = 128;

/** The control connection to the launcher inside a guest, once it has been greeted. It sets the limits of its one sandbox. */
export class LauncherLink implements FrameListener {
  readonly #connection: FrameConnection;
  readonly #sandboxId: number;
  readonly #answers: PromiseWithResolvers<void>[] = [];
  #lost: Error | null = null;

  /** Takes the stream over. */
  constructor(stream: Duplex, sandboxId: number) {
    this.#sandboxId = sandboxId;
    this.#connection = new FrameConnection(stream, maxLauncherPayloadBytes);
    this.#connection.listen(this);
  }

  /** Throws `isolation-failed` when a limit could not be set. */
  async configure(limits: LauncherLimits): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    const answer = Promise.withResolvers<void>();
    this.#answers.push(answer);
    const writer = new FrameWriter(REQUEST_BYTES);
    encodeLauncherRequest(writer, 0, {kind: 'configure', sandboxId: this.#sandboxId, limits});
    this.#connection.send(writer);
    await answer.promise;
  }

  close(): void {
    this.#connection.close();
  }

  onFrame(frame: Frame): void {
    const message = decodeLauncherMessage(frame);
    if (message.kind === 'fault')
      throw new SandglassError(
        'sandbox-lost',
        `The launcher in the guest refused: ${describeStep(message)}.`,
      );
    // The end of the sandbox; its own connection tells the rest.
    if (message.kind === 'gone') return;
    const answer = message.kind === 'done' ? this.#answers.shift() : undefined;
    if (message.kind !== 'done' || answer === undefined)
      throw violation(`${message.kind} from a launcher that was not asked`);
    if (message.step === 0) answer.resolve();
    else
      answer.reject(
        new SandglassError(
          'isolation-failed',
          `Cannot set the limits of a microVM's sandbox: ${describeStep(message)}.`,
        ),
      );
  }

  onClose(cause: Error | null): void {
    this.#lost =
      cause instanceof SandglassError
        ? cause
        : new SandglassError('sandbox-lost', 'The connection to the launcher in the guest ended.', {cause});
    for (const answer of this.#answers.splice(0)) answer.reject(this.#lost);
  }
}

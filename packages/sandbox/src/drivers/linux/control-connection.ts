import {SandglassError} from '@sandglass/protocol';
import {
  decodeLauncherMessage,
  encodeLauncherRequest,
  type Frame,
  FrameWriter,
  type LauncherFacts,
  type LauncherLimits,
  type LauncherMessage,
  type LauncherRequest,
  PROTOCOL_VERSION,
  type StepResult,
  stepName,
  violation,
} from '@sandglass/protocol/agent';
import {describeStep} from '../../agent-client/describe-step.ts';
import {StreamIds} from '../../agent-client/stream-ids.ts';
import type {FrameConnection, FrameListener} from '../../frame-connection.ts';

const REQUEST_BYTES = 128;

export type GoneMessage = Extract<LauncherMessage, {kind: 'gone'}>;

export interface ControlEvents {
  /** A sandbox is gone for certain: every process dead, its cgroups removed. */
  readonly onGone: (message: GoneMessage) => void;
  /** Once, when nothing more can be asked of this launcher. */
  readonly onLost: (error: Error) => void;
}

/** The worker's side of a control connection: sets limits, orders destruction, hears of every sandbox's end. */
export class ControlConnection implements FrameListener {
  /** Resolves with READY; rejects when the launcher refuses or ends before. */
  readonly ready: Promise<LauncherFacts>;
  readonly #ready = Promise.withResolvers<LauncherFacts>();
  readonly #connection: FrameConnection;
  readonly #events: ControlEvents;
  readonly #ids = new StreamIds();
  readonly #configuring = new Map<number, PromiseWithResolvers<void>>();
  #lost: Error | null = null;

  /** Takes the connection over. */
  constructor(connection: FrameConnection, events: ControlEvents) {
    this.#connection = connection;
    this.#events = events;
    this.ready = this.#ready.promise;
    this.ready.catch(ignore);
    connection.listen(this);
    this.#send(this.#nextId(), {kind: 'control'});
  }

  /** Rejects with `isolation-failed` when a limit could not be set. */
  async configure(sandboxId: number, limits: LauncherLimits): Promise<void> {
    await this.#ask({kind: 'configure', sandboxId, limits});
  }

  /** Gives a sandbox a core to itself. Rejects with `isolation-failed` when it is another's or not to be given. */
  async pin(sandboxId: number, cpu: number): Promise<void> {
    await this.#ask({kind: 'pin', sandboxId, cpu});
  }

  /** The answer is the sandbox's `onGone`. */
  destroy(sandboxId: number): void {
    this.#send(this.#nextId(), {kind: 'destroy', sandboxId});
  }

  close(): void {
    this.#connection.close();
  }

  onFrame(frame: Frame): void {
    const message = decodeLauncherMessage(frame);
    switch (message.kind) {
      case 'gone':
        this.#events.onGone(message);
        return;
      case 'done':
        this.#onDone(frame.streamId, message);
        return;
      case 'ready':
        this.#onReady(message.version, message.facts);
        return;
      case 'fault':
        throw new SandglassError('launcher-lost', `The sandbox launcher refused: ${describeStep(message)}.`, {
          retryAfterSeconds: 1,
        });
      case 'created':
      case 'pong':
        throw violation(`${message.kind} on a control connection that did not ask for it`);
      default:
        message satisfies never;
    }
  }

  onClose(cause: Error | null): void {
    const error =
      cause instanceof SandglassError
        ? cause
        : new SandglassError('launcher-lost', 'The connection to the sandbox launcher ended.', {
            cause,
            retryAfterSeconds: 1,
          });
    this.#lost = error;
    this.#ready.reject(error);
    for (const answer of this.#configuring.values()) answer.reject(error);
    this.#configuring.clear();
    this.#events.onLost(error);
  }

  async #ask(request: LauncherRequest): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    const streamId = this.#nextId();
    const answer = Promise.withResolvers<void>();
    this.#configuring.set(streamId, answer);
    this.#send(streamId, request);
    await answer.promise;
  }

  #onReady(version: number, facts: LauncherFacts): void {
    if (version !== PROTOCOL_VERSION)
      throw new SandglassError(
        'launcher-lost',
        `The sandbox launcher speaks protocol version ${version}, this worker ${PROTOCOL_VERSION}. Install both from the same release.`,
      );
    this.#ready.resolve(facts);
  }

  #onDone(streamId: number, result: StepResult & {readonly sandboxId: number}): void {
    const answer = this.#configuring.get(streamId);
    if (answer === undefined) {
      // A sandbox that ended by itself and the order to destroy it crossed on the wire; its GONE has told.
      if (stepName(result.step) === 'unknown-sandbox') return;
      throw violation('DONE for a request that was not made');
    }
    this.#configuring.delete(streamId);
    if (result.step === 0) answer.resolve();
    else
      answer.reject(
        new SandglassError(
          'isolation-failed',
          `Cannot set the limits of a sandbox: ${describeStep(result)}.`,
        ),
      );
  }

  #nextId(): number {
    return this.#ids.next((id) => this.#configuring.has(id));
  }

  #send(streamId: number, request: LauncherRequest): void {
    const writer = new FrameWriter(REQUEST_BYTES);
    encodeLauncherRequest(writer, streamId, request);
    this.#connection.send(writer);
  }
}

function ignore(): void {}

import {SandglassError} from '@sandglass/protocol';
import {type AgentMessage, type StepResult, violation} from '@sandglass/protocol/agent';
import type {Conversation} from './conversation.ts';
import {describeStep} from './describe-step.ts';
import {Watchdog} from './watchdog.ts';

/** Reading the largest file takes a fraction of a second; an agent that needs this long went silent. */
const ANSWER_WITHIN_MS = 30_000;

export interface RequestOptions<Value> {
  /** What is attempted, for messages: `read "a.txt"`. */
  readonly doing: string;
  /**
   * Takes one part of the answer: the value once it is complete, undefined before. Throws `agent-protocol-violation`.
   * RESULT with a failed step is not passed on; it is this request's error.
   */
  readonly take: (message: AgentMessage) => Value | undefined;
  readonly giveUp: (error: Error) => void;
}

/** A question with one answer, possibly in parts. */
export class Request<Value> implements Conversation {
  readonly #options: RequestOptions<Value>;
  readonly #answer = Promise.withResolvers<Value>();
  readonly #watchdog: Watchdog;

  constructor(options: RequestOptions<Value>) {
    this.#options = options;
    this.#watchdog = new Watchdog(() => options.giveUp(tooLate(options.doing)));
    this.#watchdog.arm(ANSWER_WITHIN_MS);
  }

  /** Rejects with `file-unavailable` when the agent could not do it. */
  get answer(): Promise<Value> {
    return this.#answer.promise;
  }

  handle(message: AgentMessage): boolean {
    if (message.kind === 'result' && message.step !== 0) {
      this.fail(refusal(this.#options.doing, message));
      return true;
    }
    const value = this.#options.take(message);
    if (value === undefined) return false;
    this.#watchdog.disarm();
    this.#answer.resolve(value);
    return true;
  }

  fail(error: Error): void {
    this.#watchdog.disarm();
    this.#answer.reject(error);
  }
}

/** For requests that are answered by RESULT alone. */
export function takeSuccess(message: AgentMessage): true {
  if (message.kind !== 'result') throw violation(`${message.kind} as an answer to a request`);
  return true;
}

function refusal(doing: string, result: StepResult): SandglassError {
  return new SandglassError('file-unavailable', `Cannot ${doing} in the sandbox: ${describeStep(result)}.`);
}

function tooLate(doing: string): SandglassError {
  return new SandglassError(
    'sandbox-lost',
    `The agent did not ${doing} within ${ANSWER_WITHIN_MS} ms; the sandbox was destroyed.`,
  );
}

import {SandglassError} from '@sandglass/protocol';
import {
  type AgentMessage,
  encodeWorkerMessage,
  FrameWriter,
  type OutputStreamName,
  type StepResult,
  signalNumber,
  stepName,
  violation,
  type WorkerMessage,
} from '@sandglass/protocol/agent';
import type {AbruptEnd, Command, Execution, ExitReport} from '../driver.ts';
import type {Conversation} from './conversation.ts';
import {describeStep} from './describe-step.ts';
import {encodeCommand} from './encode-command.ts';
import {abruptReport, exitReport} from './exit-report.ts';
import {OutputFlow} from './output-flow.ts';
import {StdinFlow} from './stdin-flow.ts';
import {Watchdog} from './watchdog.ts';

/** From EXEC to STARTED: writing the files and one fork, even on a machine that is busy with everything else. */
const START_WITHIN_MS = 10_000;

/** At its wall time the agent kills a program at once; what takes longer is an agent that went silent. */
const EXIT_WITHIN_MS = 2_500;

/** What a program needs of its agent client. */
export interface ProgramLink {
  /** How many times longer than on the host an agent may take to answer; 1 but for machines whose instructions are translated. */
  readonly patience: number;
  readonly streamId: number;
  /** A runtime waits that may be this very program's. */
  readonly takesPrimed: boolean;
  send(writer: FrameWriter): void;
  /** An id for each file that is written along with the start. */
  fileStreamId(): number;
  /** The agent is not to be relied on any more: ends the sandbox with this error. */
  giveUp(error: Error): void;
}

/** One program in the sandbox, from the message that starts it to the report of its end. */
export class Program implements Execution, Conversation {
  readonly #command: Command;
  readonly #link: ProgramLink;
  readonly #started = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<ExitReport>();
  readonly #output: OutputFlow;
  readonly #stdin: StdinFlow;
  readonly #watchdog: Watchdog;
  #phase: 'starting' | 'running' | 'over' = 'starting';
  #sentAtMs = 0;
  #hasLostRuntime = false;
  #consumerFailure: {readonly error: unknown} | null = null;

  constructor(command: Command, link: ProgramLink) {
    this.#command = command;
    this.#link = link;
    // A caller may wait for one of the two only; a failure reaches both.
    this.started.catch(ignore);
    this.exited.catch(ignore);
    const hasTerminal = command.terminal !== null;
    this.#stdin = new StdinFlow({
      streamId: link.streamId,
      hasTerminal,
      send: (writer) => link.send(writer),
    });
    this.#output = new OutputFlow(hasTerminal, {
      onOutput: command.onOutput,
      grant: (stream, bytes) => this.#grant(stream, bytes),
      onConsumerFailure: (error) => this.#stopFor(error),
    });
    this.#watchdog = new Watchdog(() => this.#onLate());
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get exited(): Promise<ExitReport> {
    return this.#exited.promise;
  }

  /** Sends files, command and known input in one message. Throws `exec-failed` when they cannot be encoded. */
  start(): void {
    this.#send(this.#link.takesPrimed);
  }

  #send(takesPrimed: boolean): void {
    const writer = encodeCommand(this.#command, this.#link, {takesPrimed});
    if (this.#command.stdin !== 'open') this.#stdin.begin(writer, this.#command.stdin);
    this.#sentAtMs = performance.now();
    this.#link.send(writer);
    this.#watchdog.arm(START_WITHIN_MS * this.#link.patience);
  }

  write(data: Uint8Array): Promise<void> {
    return this.#stdin.write(data);
  }

  end(): void {
    this.#stdin.end();
  }

  signal(signal: string, scope: 'main' | 'group' | 'all'): void {
    const number = signalNumber(signal);
    if (number === undefined)
      throw new SandglassError(
        'invalid-request',
        `Cannot send signal ${JSON.stringify(signal)}: it is none. Use a name such as SIGTERM.`,
      );
    this.#tell({kind: 'signal', signal: number, scope});
  }

  resize(columns: number, rows: number): void {
    this.#tell({kind: 'resize', columns, rows});
  }

  handle(message: AgentMessage): boolean {
    switch (message.kind) {
      case 'output':
        this.#expect('running', message);
        this.#output.receive(message.stream, message.data);
        return false;
      case 'started':
        this.#expect('starting', message);
        this.#onStarted();
        return false;
      case 'exited':
        this.#expect('running', message);
        this.#end();
        this.#output.whenIdle(() => this.#settle(exitReport(message)));
        return true;
      case 'stdin-credit':
        this.#expect('running', message);
        this.#stdin.grant(message.bytes);
        return false;
      case 'result':
        this.#expect('starting', message);
        if (message.step === 0) throw violation('success as the answer to an exec');
        if (this.#isLostRuntime(message)) {
          this.#hasLostRuntime = true;
          this.#stdin.rewind();
          this.#send(false);
          return false;
        }
        this.fail(startFailure(this.#command, message));
        return true;
      default:
        throw violation(`${message.kind} as an answer to an exec`);
    }
  }

  endAbruptly(end: AbruptEnd): void {
    const wallTimeMs = performance.now() - this.#sentAtMs;
    this.#started.resolve();
    this.#end();
    this.#output.whenIdle(() => this.#settle(abruptReport(end, {wallTimeMs, ...this.#output.receivedBytes})));
  }

  fail(error: Error): void {
    this.#stdin.fail(error);
    if (this.#phase === 'over') return;
    this.#end();
    this.#started.reject(error);
    this.#exited.reject(error);
  }

  /** The runtime ended between EXEC and its taking the program over; nothing of the program has run. */
  #isLostRuntime(result: StepResult): boolean {
    return this.#link.takesPrimed && !this.#hasLostRuntime && stepName(result.step) === 'prime';
  }

  #onStarted(): void {
    this.#phase = 'running';
    if (this.#command.wallTimeMs > 0) this.#watchdog.arm(this.#exitWithinMs);
    else this.#watchdog.disarm();
    this.#started.resolve();
  }

  get #exitWithinMs(): number {
    return this.#command.wallTimeMs + EXIT_WITHIN_MS * this.#link.patience;
  }

  /** No message but the end of a program can be missed: a consumer that holds output back holds back its end, too. */
  #onLate(): void {
    if (this.#output.isBusy) {
      this.#watchdog.arm(EXIT_WITHIN_MS * this.#link.patience);
      return;
    }
    const what = this.#phase === 'starting' ? 'did not start the program' : 'did not report its end';
    const withinMs = this.#phase === 'starting' ? START_WITHIN_MS * this.#link.patience : this.#exitWithinMs;
    this.#link.giveUp(
      new SandglassError(
        'sandbox-lost',
        `The agent ${what} within ${withinMs} ms; the sandbox was destroyed.`,
      ),
    );
  }

  #end(): void {
    this.#phase = 'over';
    this.#watchdog.disarm();
    this.#stdin.finish();
  }

  #settle(report: ExitReport): void {
    if (this.#consumerFailure === null) this.#exited.resolve(report);
    else this.#exited.reject(this.#consumerFailure.error);
  }

  /** Nobody listens any more, so the program has no reason to go on. */
  #stopFor(error: unknown): void {
    this.#consumerFailure ??= {error};
    this.#tell({kind: 'signal', signal: SIGKILL, scope: this.#command.keepOthers ? 'group' : 'all'});
  }

  #grant(stream: OutputStreamName, bytes: number): void {
    this.#tell({kind: 'credit', stream, bytes});
  }

  /** A message that only makes sense while the program runs. */
  #tell(message: WorkerMessage): void {
    if (this.#phase === 'over') return;
    const writer = new FrameWriter(SHORT_MESSAGE_BYTES);
    encodeWorkerMessage(writer, this.#link.streamId, message);
    this.#link.send(writer);
  }

  #expect(phase: 'starting' | 'running', message: AgentMessage): void {
    if (this.#phase !== phase) throw violation(`${message.kind} for a program that is ${this.#phase}`);
  }
}

const SIGKILL = 9;
const SHORT_MESSAGE_BYTES = 32;

function startFailure(command: Command, result: StepResult): SandglassError {
  return new SandglassError(
    'exec-failed',
    `Cannot start ${JSON.stringify(command.argv[0])} in the sandbox: ${describeStep(result)}.`,
  );
}

function ignore(): void {}

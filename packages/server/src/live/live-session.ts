/**
 * One client of `/v1/live` and its run. The client's first message starts the run; what it says afterwards goes to the program in
 * order, and everything the program says comes back before `finished`. A fault is told before the socket closes (1008 when it is the
 * client's, 1011 when it is ours). However the socket ends, the run ends with it: it is cancelled, and its result is stored as ever.
 */
import {type EngineEvent, SandglassError} from '@sandglass/protocol';
import type {RawData, WebSocket} from 'ws';
import {toKnownError} from '../http/known-error.ts';
import {HTTP_STATUS, toProblem} from '../http/problem.ts';
import {parseRunBody, type RulesFor} from '../routes/run-body.ts';
import type {Dispatcher} from '../runs/dispatcher.ts';
import type {LiveRun} from '../runs/live-run.ts';
import {Utf8Splitter} from '../runs/utf8-splitter.ts';
import type {AcceptAttended} from './accept-attended.ts';
import {type ClientMessage, parseClientMessage} from './client-message.ts';
import type {Caller, SocketConnection} from './live-door.ts';
import {Outbox, outputData, type ServerMessage} from './outbox.ts';
import {ProgramInput} from './program-input.ts';
import {SocketWatch} from './socket-watch.ts';

export interface LiveSessionParts {
  /** Accepts the run of one client within what he may use. */
  readonly accept: AcceptAttended;
  readonly dispatcher: Pick<Dispatcher, 'attend'>;
  readonly rules: RulesFor;
  readonly idleTimeoutMs: number;
  /** Told of faults of our own, with their cause. */
  readonly onFault: (error: SandglassError) => void;
}

/** From opening to `start`; whoever opens a socket has something to run. */
const MAX_START_MS = 30_000;
/** Past `start` a message carries typed or piped input, never a program. */
const MAX_INPUT_MESSAGE_BYTES = 1024 * 1024;
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

type Phase =
  | {readonly kind: 'opened'}
  | {readonly kind: 'accepting'; readonly input: ProgramInput; isStopWanted: boolean}
  | {readonly kind: 'running'; readonly input: ProgramInput; readonly live: LiveRun}
  | {readonly kind: 'over'};

export class LiveSession {
  readonly #webSocket: WebSocket;
  readonly #parts: LiveSessionParts;
  readonly #caller: Caller;
  readonly #outbox: Outbox<ServerMessage>;
  readonly #watch: SocketWatch;
  readonly #splitters = {stdout: new Utf8Splitter(), stderr: new Utf8Splitter()};
  #idle: NodeJS.Timeout;
  #phase: Phase = {kind: 'opened'};
  #lastOutputAtMs = 0;

  constructor(connection: SocketConnection, parts: LiveSessionParts) {
    const {webSocket, socket, caller} = connection;
    this.#webSocket = webSocket;
    this.#caller = caller;
    this.#parts = parts;
    this.#outbox = new Outbox(webSocket, socket);
    this.#idle = setTimeout(() => this.#onIdle(), Math.min(parts.idleTimeoutMs, MAX_START_MS));
    this.#watch = new SocketWatch(webSocket);
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // An error is always followed by a close.
    webSocket.on('error', () => undefined);
    socket.once('close', () => this.#gone());
    webSocket.once('close', () => this.#gone());
  }

  /** Tells the client why and closes; the run is cancelled. */
  fail(error: unknown): void {
    if (this.#phase.kind === 'over') return;
    const known = toKnownError(error);
    const isOurs = HTTP_STATUS[known.code] >= 500;
    if (isOurs) this.#parts.onFault(known);
    this.#outbox.send({kind: 'error', problem: toProblem(known)});
    this.#end();
    this.#webSocket.close(isOurs ? INTERNAL_ERROR : POLICY_VIOLATION, known.code);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#phase.kind === 'over') return;
    try {
      this.#handle(parseClientMessage(this.#textOf(data, isBinary)));
    } catch (error) {
      this.fail(error);
    }
  }

  #textOf(data: RawData, isBinary: boolean): string {
    if (isBinary)
      throw invalid('is binary but messages are JSON text; send bytes as "dataBase64" of a "stdin" message');
    // `ws` hands over one Buffer unless told otherwise.
    const buffer = data as Buffer;
    if (this.#phase.kind !== 'opened' && buffer.length > MAX_INPUT_MESSAGE_BYTES)
      throw invalid(
        `has ${buffer.length} bytes but after "start" at most ${MAX_INPUT_MESSAGE_BYTES} are taken; send the input in smaller pieces`,
      );
    return buffer.toString('utf8');
  }

  #handle(message: ClientMessage): void {
    this.#idle.refresh();
    const phase = this.#phase;
    if (message.kind === 'start') {
      if (phase.kind !== 'opened') throw invalid('is a second "start"; open another socket for another run');
      void this.#start(message);
      return;
    }
    if (phase.kind === 'opened') throw invalid(`is "${message.kind}" but the first one must be "start"`);
    if (phase.kind === 'over') return;
    this.#say(phase, message);
  }

  #say(
    phase: Extract<Phase, {kind: 'accepting' | 'running'}>,
    message: Exclude<ClientMessage, {kind: 'start'}>,
  ) {
    switch (message.kind) {
      case 'stdin':
        return phase.input.write(message.bytes);
      case 'eof':
        return phase.input.end();
      case 'resize':
        return phase.input.resize(message);
      case 'signal':
        return phase.input.signal(message.signal);
      case 'stop':
        if (phase.kind === 'accepting') phase.isStopWanted = true;
        else phase.live.cancellation.abort(stopped());
        return;
      default:
        return message satisfies never;
    }
  }

  async #start({run, terminal}: Extract<ClientMessage, {kind: 'start'}>): Promise<void> {
    const input = new ProgramInput(terminal ?? null, (isFull) => this.#watch.hold('input', isFull));
    const accepting: Phase = {kind: 'accepting', input, isStopWanted: false};
    this.#phase = accepting;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#onIdle(), this.#parts.idleTimeoutMs);
    try {
      const spec = parseRunBody(run, this.#parts.rules(this.#caller.principal));
      const audience = {
        interaction: input,
        onEvent: (event: EngineEvent) => this.#onEvent(event, terminal !== undefined),
      };
      const live = await this.#parts.accept(spec, {caller: this.#caller, audience});
      this.#outbox.send({kind: 'accepted', id: live.id});
      this.#outbox.send({kind: 'state', state: 'queued'});
      // The client may have gone, or changed its mind, while the run was being written; it is accepted, so it gets its end.
      if (this.#phase !== accepting || accepting.isStopWanted) live.cancellation.abort(stopped());
      if (this.#phase === accepting) this.#phase = {kind: 'running', input, live};
      await this.#parts.dispatcher.attend(live);
      await this.#finish(await live.finished, terminal !== undefined);
    } catch (error) {
      this.fail(error);
    }
  }

  #onEvent(event: EngineEvent, hasTerminal: boolean): Promise<void> | undefined {
    if (event.kind !== 'output') return this.#outbox.send(event);
    this.#idle.refresh();
    this.#lastOutputAtMs = event.atMs;
    return this.#sendOutput(event.stream, this.#splitters[event.stream].push(event.data), hasTerminal);
  }

  #sendOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array, hasTerminal: boolean) {
    if (bytes.length === 0) return undefined;
    const kind = hasTerminal ? 'terminal' : stream;
    return this.#outbox.send({kind, ...outputData(bytes), atMs: this.#lastOutputAtMs});
  }

  async #finish(run: Awaited<LiveRun['finished']>, hasTerminal: boolean): Promise<void> {
    if (this.#phase.kind === 'over') return;
    for (const stream of ['stdout', 'stderr'] as const)
      await this.#sendOutput(stream, this.#splitters[stream].end(), hasTerminal);
    await this.#outbox.send({kind: 'finished', run});
    this.#end();
    this.#webSocket.close(NORMAL);
  }

  /** Nobody listens any more: whatever runs ends. */
  #gone(): void {
    const phase = this.#phase;
    this.#end();
    if (phase.kind === 'running') phase.live.cancellation.abort(stopped());
  }

  #end(): void {
    clearTimeout(this.#idle);
    if (this.#phase.kind === 'running') this.#phase.live.cancellation.abort(stopped());
    this.#phase = {kind: 'over'};
    this.#watch.stop();
  }

  #onIdle(): void {
    this.fail(
      new SandglassError(
        'request-timeout',
        'Cannot go on with the session: neither client nor program said anything for too long. Open another one.',
      ),
    );
  }
}

function stopped(): SandglassError {
  return new SandglassError('cancelled', 'The run was stopped by its client, or the client has gone.');
}

function invalid(message: string): SandglassError {
  return new SandglassError('invalid-request', `Cannot read the message: it ${message}.`, {
    fields: [{path: '', message}],
  });
}

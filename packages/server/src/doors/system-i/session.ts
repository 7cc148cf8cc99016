/**
 * One client of system I and its run. `code` starts the run, `input` is typed at its terminal, `exit` ends it. The answers keep the order
 * of the original: the compiler's verdict, then output and echo, then the end, then the close. Every fault is told before the close (1008
 * when it is the client's, 1011 when it is ours). However the socket ends, the run ends with it.
 */
import {TextDecoder} from 'node:util';
import {type EngineEvent, type Run, SandglassError} from '@sandglass/protocol';
import type {RawData, WebSocket} from 'ws';
import {toKnownError} from '../../http/known-error.ts';
import {HTTP_STATUS} from '../../http/problem.ts';
import type {Caller, SocketConnection, SocketSession} from '../../live/live-door.ts';
import type {LiveSessionParts} from '../../live/live-session.ts';
import {Outbox} from '../../live/outbox.ts';
import {ProgramInput} from '../../live/program-input.ts';
import {SocketWatch} from '../../live/socket-watch.ts';
import {parseRunBody} from '../../routes/run-body.ts';
import type {LiveRun} from '../../runs/live-run.ts';
import {endingOf} from './ending.ts';
import {type LineAction, LineEditor} from './line-editor.ts';
import {type ClientMessage, invalidMessage, parseClientMessage, type ServerMessage} from './messages.ts';
import {toRunRequest} from './run-request.ts';

/** Typed ahead of the program's start, echo included; past it the client is not read until the program runs. */
const MAX_EARLY_ECHO_CHARACTERS = 256 * 1024;
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

type Phase =
  | {readonly kind: 'opened'}
  /** `live` is null while the run is being accepted. */
  | {readonly kind: 'started'; readonly live: LiveRun | null}
  /** The client said `exit`: it hears nothing more until every process is gone. */
  | {readonly kind: 'leaving'; readonly live: LiveRun | null}
  | {readonly kind: 'over'};

export class SystemISession implements SocketSession {
  readonly #webSocket: WebSocket;
  readonly #parts: LiveSessionParts;
  readonly #caller: Caller;
  readonly #outbox: Outbox<ServerMessage>;
  readonly #watch: SocketWatch;
  readonly #editor = new LineEditor();
  readonly #input: ProgramInput;
  // Messages carry text: bytes that are none are replaced, and a character is never cut between messages.
  readonly #decoders = {stdout: textDecoder(), stderr: textDecoder()};
  readonly #idle: NodeJS.Timeout;
  #phase: Phase = {kind: 'opened'};
  #compilerOutput: string | null = null;
  /** Null once the program runs: from then on echo goes out at once. */
  #earlyEcho: string | null = '';

  constructor(connection: SocketConnection, parts: LiveSessionParts) {
    const {webSocket, socket, caller} = connection;
    this.#webSocket = webSocket;
    this.#caller = caller;
    this.#parts = parts;
    this.#outbox = new Outbox(webSocket, socket);
    this.#watch = new SocketWatch(webSocket);
    this.#input = new ProgramInput(null, (isFull) => this.#watch.hold('input', isFull));
    this.#idle = setTimeout(() => this.fail(idle()), parts.idleTimeoutMs);
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // An error is always followed by a close.
    webSocket.on('error', () => undefined);
    socket.once('close', () => this.#end());
    webSocket.once('close', () => this.#end());
  }

  fail(error: unknown): void {
    if (this.#phase.kind === 'over') return;
    const known = toKnownError(error);
    const isOurs = HTTP_STATUS[known.code] >= 500;
    if (isOurs) this.#parts.onFault(known);
    this.#outbox.send({type: 'error', error: known.message});
    this.#close(isOurs ? INTERNAL_ERROR : POLICY_VIOLATION);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#phase.kind === 'over' || this.#phase.kind === 'leaving') return;
    this.#idle.refresh();
    try {
      if (isBinary) throw invalidMessage('it is binary but messages are JSON text');
      // `ws` hands over one Buffer unless told otherwise.
      this.#handle(parseClientMessage((data as Buffer).toString('utf8')));
    } catch (error) {
      this.fail(error);
    }
  }

  #handle(message: ClientMessage) {
    const phase = this.#phase;
    switch (message.type) {
      case 'code':
        if (phase.kind !== 'opened')
          throw invalidMessage('it is a second "code"; open another socket for another run');
        void this.#start(message);
        return;
      case 'input':
        if (phase.kind === 'opened') throw invalidMessage('it is "input" but the first one must be "code"');
        for (const action of this.#editor.type(message.data)) this.#act(action);
        return;
      case 'exit':
        if (phase.kind === 'started') this.#leave(phase.live);
        else this.#sayGoodbye();
        return;
      default:
        return message satisfies never;
    }
  }

  #act(action: LineAction) {
    switch (action.kind) {
      case 'write':
        return this.#input.write(Buffer.from(action.text));
      case 'echo':
        return this.#echo(action.text);
      case 'signal':
        return this.#input.signal(action.signal);
      case 'end':
        return this.#input.end();
      default:
        return action satisfies never;
    }
  }

  async #start(code: Extract<ClientMessage, {type: 'code'}>): Promise<void> {
    this.#phase = {kind: 'started', live: null};
    try {
      const {accept, dispatcher} = this.#parts;
      const rules = this.#parts.rules(this.#caller.principal);
      const spec = parseRunBody(toRunRequest(code, rules.policy), rules);
      const audience = {interaction: this.#input, onEvent: (event: EngineEvent) => this.#onEvent(event)};
      const live = await accept(spec, {caller: this.#caller, audience});
      // The client may have gone, or changed its mind, while the run was being written; it is accepted, so it gets its end.
      if (this.#phase.kind === 'started') this.#phase = {kind: 'started', live};
      else live.cancellation.abort(stopped());
      await dispatcher.attend(live);
      await this.#finish(await live.finished);
    } catch (error) {
      this.fail(error);
    }
  }

  #onEvent(event: EngineEvent): Promise<void> | undefined {
    if (this.#phase.kind !== 'started') return undefined;
    this.#idle.refresh();
    if (event.kind === 'compiled') this.#compilerOutput = event.compile.stdout;
    if (event.kind === 'state' && event.state === 'running') return this.#onRunning();
    if (event.kind !== 'output') return undefined;
    return this.#sendText(event.stream, this.#decoders[event.stream].decode(event.data, {stream: true}));
  }

  #onRunning(): Promise<void> | undefined {
    if (this.#compilerOutput !== null)
      this.#outbox.send({type: 'compile_success', stdout: this.#compilerOutput});
    const early = this.#earlyEcho ?? '';
    this.#earlyEcho = null;
    this.#watch.hold('early echo', false);
    return this.#sendText('echo', early);
  }

  #echo(text: string): void {
    if (this.#earlyEcho !== null) {
      this.#earlyEcho += text;
      this.#watch.hold('early echo', this.#earlyEcho.length > MAX_EARLY_ECHO_CHARACTERS);
      return;
    }
    const drained = this.#sendText('echo', text);
    if (drained === undefined) return;
    // Who types without reading what it is told waits, so that the echo does not gather here.
    this.#watch.hold('echo', true);
    void drained.then(() => this.#watch.hold('echo', false));
  }

  #sendText(type: 'stdout' | 'stderr' | 'echo', data: string): Promise<void> | undefined {
    return data === '' ? undefined : this.#outbox.send({type, data});
  }

  /** Ends the run; the answer follows when all of its processes are gone, so that it is true. */
  #leave(live: LiveRun | null): void {
    this.#phase = {kind: 'leaving', live};
    live?.cancellation.abort(stopped());
  }

  async #finish(run: Run): Promise<void> {
    if (this.#phase.kind === 'leaving') return this.#sayGoodbye();
    if (this.#phase.kind === 'over') return;
    for (const stream of ['stdout', 'stderr'] as const)
      await this.#sendText(stream, this.#decoders[stream].decode());
    this.#outbox.send(endingOf(run));
    this.#close(NORMAL);
  }

  #sayGoodbye(): void {
    this.#outbox.send({type: 'exit', data: 'Process exit'});
    this.#close(NORMAL);
  }

  #close(code: number): void {
    this.#end();
    this.#webSocket.close(code);
  }

  /** Nobody listens any more: whatever runs ends. */
  #end(): void {
    clearTimeout(this.#idle);
    const phase = this.#phase;
    this.#phase = {kind: 'over'};
    if (phase.kind === 'started') phase.live?.cancellation.abort(stopped());
    this.#watch.stop();
  }
}

/** A byte order mark is output like any other. */
function textDecoder(): TextDecoder {
  return new TextDecoder('utf-8', {ignoreBOM: true});
}

function stopped(): SandglassError {
  return new SandglassError('cancelled', 'The run was stopped by its client, or the client has gone.');
}

function idle(): SandglassError {
  return new SandglassError(
    'request-timeout',
    'Cannot go on with the session: neither client nor program said anything for too long. Open another one.',
  );
}

import {ApiError, ConnectionError, type SandglassClient, type ServerInfo} from '@sandglass/client';
import type {RunRequest} from '@sandglass/protocol';
import type {LiveMessage} from '../session/live-message.ts';
import {outputBytes} from '../session/output-bytes.ts';
import type {Failure} from '../session/session.ts';
import type {TerminalFeed} from '../terminal/terminal-feed.ts';
import {toRunRequest} from '../workspace/run-request.ts';
import type {Workspace} from '../workspace/workspace.ts';
import {followSubmitted} from './follow-submitted.ts';
import {LiveSocket, type SocketEnd, type TerminalSize} from './live-socket.ts';
import type {ServerLink} from './server-link.ts';

export interface RunnerParts {
  readonly client: SandglassClient;
  readonly link: ServerLink;
  readonly feed: TerminalFeed;
  readonly limits: ServerInfo['limits'];
  readonly onMessage: (message: LiveMessage) => void;
  readonly onFailure: (failure: Failure) => void;
  readonly onNotice: (text: string) => void;
}

/**
 * Carries out one run at a time: over a WebSocket when there is a terminal to talk through, else submitted and followed.
 * The socket's run dies with its connection, which is what one wants of a dialogue; a submitted run outlives it.
 */
export class Runner {
  readonly #parts: RunnerParts;
  #socket: LiveSocket | null = null;
  #following: AbortController | null = null;
  #runId: string | null = null;
  /** Stop was asked for before the run had a number to stop it by. */
  #isStopWanted = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  start(workspace: Workspace): void {
    this.abandon();
    const request = toRunRequest(workspace, this.#parts.limits);
    if (workspace.mode === 'terminal') this.#talk(request);
    else this.#follow(request, {isInTerminal: false});
  }

  stop(): void {
    if (this.#socket !== null) this.#socket.stop();
    else if (this.#runId !== null) void this.#cancel(this.#runId);
    else this.#isStopWanted = true;
  }

  type(data: string): void {
    this.#socket?.sendInput(data);
  }

  resize(size: TerminalSize): void {
    this.#socket?.resize(size);
  }

  /** Lets go of the run without a word: the page turns to something else. */
  abandon(): void {
    this.#socket?.close();
    this.#following?.abort();
    this.#socket = null;
    this.#following = null;
    this.#runId = null;
    this.#isStopWanted = false;
  }

  #talk(request: RunRequest): void {
    const {feed} = this.#parts;
    feed.reset();
    this.#socket = new LiveSocket({
      url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/v1/live`,
      request,
      terminal: feed.size,
      onMessage: (message) => this.#receive(message, {isInTerminal: true}),
      onEnd: (end) => void this.#socketEnded(end, request),
    });
  }

  async #socketEnded(end: SocketEnd, request: RunRequest): Promise<void> {
    const {link, feed, onFailure} = this.#parts;
    this.#socket = null;
    if (end === 'not-opened' && (await link.isReachable())) {
      feed.writeText(
        '\u001b[2mThis server has no live runs: the program runs without a keyboard.\u001b[0m\r\n',
      );
      this.#follow(request, {isInTerminal: true});
      return;
    }
    link.lost();
    onFailure({
      title: 'Connection lost',
      message:
        end === 'lost'
          ? 'The connection to the server broke, and the program was stopped with it. Run it again once the server answers.'
          : 'The server does not answer. Run the program again once it does.',
      fields: [],
    });
  }

  #follow(request: RunRequest, options: ReceiveOptions): void {
    const following = new AbortController();
    this.#following = following;
    const {client, onFailure} = this.#parts;
    followSubmitted(client, request, {
      signal: following.signal,
      onMessage: (message) => this.#receive(message, options),
    }).catch((error: unknown) => {
      if (!following.signal.aborted) onFailure(failureFrom(error));
    });
  }

  #receive(message: LiveMessage, {isInTerminal}: ReceiveOptions): void {
    const {feed, onMessage} = this.#parts;
    if (message.kind === 'accepted') {
      this.#runId = message.id;
      if (this.#isStopWanted) this.stop();
    }
    if (isInTerminal && isOutput(message)) feed.write(toTerminal(message));
    if (message.kind === 'finished' || message.kind === 'error') this.#socket = null;
    onMessage(message);
  }

  async #cancel(id: string): Promise<void> {
    try {
      await this.#parts.client.cancel(id);
    } catch (error) {
      this.#parts.onNotice(`The run could not be stopped: ${failureFrom(error).message}`);
    }
  }
}

interface ReceiveOptions {
  readonly isInTerminal: boolean;
}

type OutputMessage = Extract<LiveMessage, {kind: 'stdout' | 'stderr' | 'terminal'}>;

function isOutput(message: LiveMessage): message is OutputMessage {
  return message.kind === 'stdout' || message.kind === 'stderr' || message.kind === 'terminal';
}

/** A real terminal has turned line feeds into CR LF already; output of a pipe has not been through one. */
function toTerminal(message: OutputMessage): Uint8Array {
  const bytes = outputBytes(message);
  if (message.kind === 'terminal') return bytes;
  const lines: number[] = [];
  for (const byte of bytes) {
    if (byte === 0x0a) lines.push(0x0d);
    lines.push(byte);
  }
  return Uint8Array.from(lines);
}

function failureFrom(error: unknown): Failure {
  if (error instanceof ApiError) return {title: 'Not run', message: error.message, fields: error.fields};
  if (error instanceof ConnectionError)
    return {
      title: 'Connection lost',
      message: 'The server does not answer. If it took the run up, the run goes on there.',
      fields: [],
    };
  return {title: 'Not run', message: String(error), fields: []};
}

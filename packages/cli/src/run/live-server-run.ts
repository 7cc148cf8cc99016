import type {Problem, Run, RunRequest, Step} from '@sandglass/protocol';
import {SandglassError} from '@sandglass/protocol';
import type {RunOptions} from './runner.ts';
import type {Talk} from './talk.ts';

/** What a server says on `/v1/live`, as far as a terminal shows it. */
type Message =
  | {readonly kind: 'accepted' | 'state' | 'test'}
  | {readonly kind: 'compiled'; readonly compile: Step}
  | {
      readonly kind: 'stdout' | 'stderr' | 'terminal';
      readonly data?: string;
      readonly dataBase64?: string;
    }
  | {readonly kind: 'finished'; readonly run: Run}
  | {readonly kind: 'error'; readonly problem: Problem};

/** Runs a program on a server with our terminal as its own, over a WebSocket. Throws the server's refusal, or `not-ready` when it cannot be reached. */
export async function runLiveOnServer(
  baseUrl: string,
  request: RunRequest,
  {talk, signal, onOutput, onCompiled}: RunOptions & {readonly talk: Talk},
): Promise<Run> {
  const url = new URL('/v1/live', baseUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  const say = (message: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const {promise: ended, resolve, reject} = Promise.withResolvers<Run>();
  // One message after the other: what is printed must be printed before the end is told.
  let shown = Promise.resolve();
  socket.addEventListener('open', () => {
    say({kind: 'start', run: request, terminal: talk.terminal});
    talk.onProgram({
      write: async (data) => say({kind: 'stdin', dataBase64: Buffer.from(data).toString('base64')}),
      resize: (columns, rows) => say({kind: 'resize', columns, rows}),
    });
  });
  socket.addEventListener('message', ({data}) => {
    // The server's contract vouches for the shape; end-to-end tests hold both together.
    const message = JSON.parse(String(data)) as Message;
    shown = shown.then(() => show(message)).catch(reject);
  });
  socket.addEventListener('close', () => {
    shown = shown.then(() => reject(lost(baseUrl)));
  });
  const stop = () => say({kind: 'stop'});
  signal.addEventListener('abort', stop, {once: true});
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.close();
  }

  async function show(message: Message): Promise<void> {
    switch (message.kind) {
      case 'compiled':
        return await onCompiled(message.compile.stdout + message.compile.stderr);
      case 'stdout':
      case 'stderr':
      case 'terminal': {
        const {data = '', dataBase64} = message;
        const bytes = dataBase64 === undefined ? Buffer.from(data) : Buffer.from(dataBase64, 'base64');
        return await onOutput(message.kind === 'stderr' ? 'stderr' : 'stdout', bytes);
      }
      case 'finished':
        return resolve(message.run);
      case 'error':
        return reject(new SandglassError(message.problem.code, message.problem.detail));
      default:
        return;
    }
  }
}

function lost(baseUrl: string): SandglassError {
  return new SandglassError(
    'not-ready',
    `Cannot go on: the connection to ${baseUrl} could not be opened, or ended before the run did.`,
  );
}

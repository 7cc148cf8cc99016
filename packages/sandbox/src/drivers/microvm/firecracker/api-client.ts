import {once} from 'node:events';
import {type IncomingMessage, request} from 'node:http';
import {SandglassError} from '@sandglass/protocol';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';

/** The slowest request writes all of a guest's memory. */
const ANSWERED_WITHIN_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

const FAULT = Compile(Type.Object({fault_message: Type.String()}));

/** Firecracker's API, on its UNIX socket. Its OpenAPI document names the paths and bodies (src/firecracker/swagger/firecracker.yaml). */
export class FirecrackerApi {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Throws `isolation-failed` with Firecracker's reason. */
  put(path: string, body: object): Promise<void> {
    return this.#send('PUT', path, body);
  }

  patch(path: string, body: object): Promise<void> {
    return this.#send('PATCH', path, body);
  }

  async #send(method: 'PUT' | 'PATCH', path: string, body: object): Promise<void> {
    const text = JSON.stringify(body);
    try {
      const sending = request({
        socketPath: this.#socketPath,
        method,
        path,
        // One connection for each request: Firecracker serves a bounded number, and none must stay behind.
        agent: false,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          accept: 'application/json',
        },
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      });
      sending.end(text);
      const [answer] = (await once(sending, 'response')) as [IncomingMessage];
      const said = await bodyOf(answer);
      // 204 is the one success that the API knows for orders.
      if (answer.statusCode !== 204) throw new Error(`${answer.statusCode} ${faultIn(said)}`);
    } catch (error) {
      throw new SandglassError(
        'isolation-failed',
        `Firecracker refused ${method} ${path}: ${String(error)}.`,
        {
          cause: error,
        },
      );
    }
  }
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_ANSWER_BYTES) throw new Error('an answer without end');
  }
  return text;
}

function faultIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return FAULT.Check(value) ? value.fault_message : text;
  } catch {
    return text;
  }
}

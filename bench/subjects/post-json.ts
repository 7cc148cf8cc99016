import {Agent, type OutgoingHttpHeaders, request} from 'node:http';

/** An answer and the time from sending to the end of it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly tookMs: number;
}

/** Posts JSON over kept-alive connections. */
export interface JsonPoster extends Disposable {
  post(path: string, body: unknown, headers?: OutgoingHttpHeaders): Promise<Answer>;
}

/** Node's own HTTP client, because it costs the least of the cores that it shares with the server. */
export function openJsonPoster(base: string, connections: number): JsonPoster {
  const agent = new Agent({keepAlive: true, maxSockets: connections});
  // Without the slash the last part of the path would be replaced.
  const root = new URL(base.endsWith('/') ? base : `${base}/`);
  return {
    post: (path, body, headers = {}) =>
      postOnce({agent, target: new URL(path, root), body: Buffer.from(JSON.stringify(body)), headers}),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

interface Call {
  readonly agent: Agent;
  readonly target: URL;
  readonly body: Buffer;
  readonly headers: OutgoingHttpHeaders;
}

function postOnce({agent, target, body, headers}: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const all = {'content-type': 'application/json', 'content-length': body.length, ...headers};
    const call = request(target, {method: 'POST', agent, headers: all}, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const tookMs = performance.now() - startedAt;
        const text = Buffer.concat(chunks).toString();
        try {
          resolve({status: response.statusCode ?? 0, body: JSON.parse(text) as unknown, tookMs});
        } catch (error) {
          reject(
            new Error(`${target} answered ${response.statusCode} with no JSON: ${text.slice(0, 200)}`, {
              cause: error,
            }),
          );
        }
      });
    });
    call.once('error', (error) =>
      reject(new Error(`Cannot reach ${target}: ${error.message}`, {cause: error})),
    );
    call.end(body);
  });
}

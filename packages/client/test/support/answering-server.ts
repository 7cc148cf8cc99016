import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface AnsweringServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly requests: readonly Pick<IncomingMessage, 'url' | 'method' | 'headers'>[];
}

/** A real HTTP server on a free port that answers each request with the next of the given handlers, the last one again and again. */
export async function startAnsweringServer(
  ...handlers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[]
): Promise<AnsweringServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handlers[Math.min(requests.length, handlers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object.
  const {port} = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

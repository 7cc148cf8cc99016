import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** What a client sent. */
export interface Call {
  readonly method: string;
  readonly path: string;
  // Each test looks into the few fields that its protocol has.
  readonly body: {readonly [field: string]: unknown};
}

/** A server that answers as a peer's documentation says, and remembers what it was asked. */
export interface RecordedServer extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly Call[];
}

export async function startRecordedServer(
  answer: (call: Call) => {readonly status: number; readonly body: unknown},
): Promise<RecordedServer> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    const body: Call['body'] = text === '' ? {} : JSON.parse(text);
    const call = {method: request.method ?? '', path: request.url ?? '', body};
    calls.push(call);
    const {status, body: said} = answer(call);
    response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // Of a TCP server that listens.
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import {once} from 'node:events';
import type {ServerResponse} from 'node:http';

/**
 * Sends values as lines of JSON, waiting whenever the reader does not keep up. Ends when the values end or the reader has gone; the signal that
 * `values` gets aborts then. A value that cannot be made cuts the connection, so that the reader knows that it does not have everything.
 */
export async function writeLines(
  response: ServerResponse,
  values: (signal: AbortSignal) => AsyncIterable<unknown>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, {'content-type': 'application/x-ndjson'}).flushHeaders();
  try {
    for await (const value of values(gone.signal)) {
      if (response.write(`${JSON.stringify(value)}\n`)) continue;
      await once(response, 'drain', {signal: gone.signal});
    }
    response.end();
  } catch {
    response.destroy();
  }
}

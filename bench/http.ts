import {Agent, request} from 'node:http';
import type {Run, RunRequest} from '@sandglass/protocol';

/** Posts runs over kept-alive connections and waits for their ends. */
export interface RunPoster extends Disposable {
  /** Milliseconds from sending to the whole answer. Throws when the run did not end as `ok`. */
  post(run: RunRequest): Promise<number>;
}

/** Node's own HTTP client, because it costs the least of the two cores that it shares with the server. */
export function openRunPoster(url: string, connections: number): RunPoster {
  const agent = new Agent({keepAlive: true, maxSockets: connections});
  const target = new URL('/v1/runs?wait=true', url);
  return {
    post: (run) => {
      const body = Buffer.from(JSON.stringify(run));
      return postOnce({agent, target, body});
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function postOnce({agent, target, body}: {agent: Agent; target: URL; body: Buffer}): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const headers = {'content-type': 'application/json', 'content-length': body.length};
    const call = request(target, {method: 'POST', agent, headers}, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const tookMs = performance.now() - startedAt;
        const text = Buffer.concat(chunks).toString();
        // Our own server's answer; anything but a good run ends the measurement here.
        const {outcome} = JSON.parse(text) as Partial<Run>;
        if (response.statusCode === 200 && outcome === 'ok') resolve(tookMs);
        else reject(new Error(`A run was answered with ${response.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}

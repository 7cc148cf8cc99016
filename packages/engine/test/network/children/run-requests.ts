/** An engine with the internet, in the network namespace that it was started in: a request on each line of stdin, its result on one of stdout. */
import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
import type {RunRequest} from '@sandglass/protocol';
import {createEngine} from '../../../src/create-engine.ts';
import {HOSTS} from '../support/test-internet.ts';

const [dataDir = ''] = process.argv.slice(2);
const own = createServer((_, response) => response.end('the worker itself\n'));
await new Promise<void>((resolve) => own.listen(80, '::', resolve));
const engine = await createEngine({
  dataDir,
  network: {
    allowInternet: true,
    internetPorts: [80, 443],
    resolvers: [HOSTS.names],
    allow: ['web.inside=10.20.30.40:8080'],
  },
});
process.stdout.write('ready\n');
for await (const line of createInterface({input: process.stdin})) {
  try {
    // The test beside this file wrote it.
    const result = await engine.run(JSON.parse(line) as RunRequest);
    process.stdout.write(`${JSON.stringify({outcome: result.outcome, ...result.run})}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({outcome: 'refused', stdout: '', stderr: String(error)})}\n`);
  }
}
await engine[Symbol.asyncDispose]();
own.close();
own.closeAllConnections();

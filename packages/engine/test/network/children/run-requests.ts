/**
 * An engine with the internet, in the network namespace that it was started in: a request on each line of stdin, its result on one of stdout.
 * `node run-requests.ts DATA_DIR [OPTIONS]`, the options as JSON.
 */
import {createSocket} from 'node:dgram';
import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
import type {RunRequest} from '@sandglass/protocol';
import {createEngine} from '../../../src/create-engine.ts';
import type {EngineOptions} from '../../../src/engine-options.ts';
import {WITNESS_PORT} from '../support/attacks.ts';
import {ODD_PORTS} from '../support/odd-hosts.ts';
import {HOSTS} from '../support/test-internet.ts';

const [dataDir = '', options = '{}'] = process.argv.slice(2);
const own = createServer((_, response) => response.end('the worker itself\n'));
await new Promise<void>((resolve) => own.listen(80, '::', resolve));
const engine = await createEngine({
  dataDir,
  network: {
    allowInternet: true,
    internetPorts: [80, 443],
    resolvers: [HOSTS.names],
    allow: [
      'web.inside=10.20.30.40:8080',
      'public.example:80',
      `${HOSTS.private}:80`,
      ...Object.values(ODD_PORTS).map((port) => `odd.inside=${HOSTS.private}:${port}`),
    ],
  },
  // The test beside this file wrote it.
  ...(JSON.parse(options) as EngineOptions),
});
// One that arrives, so that those of programs would be seen to.
const knock = createSocket('udp4');
await new Promise((resolve) => knock.send('from the worker', WITNESS_PORT, HOSTS.public, resolve));
knock.close();
process.stdout.write(`${JSON.stringify(engine.levels)}\n`);
for await (const line of createInterface({input: process.stdin})) {
  try {
    // As above.
    const result = await engine.run(JSON.parse(line) as RunRequest);
    const {outcome, isolation, run, compile} = result;
    const compiler = compile === null ? '' : compile.stdout + compile.stderr;
    process.stdout.write(`${JSON.stringify({outcome, isolation: isolation.driver, compiler, ...run})}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({outcome: 'refused', stdout: '', stderr: String(error)})}\n`);
  }
}
await engine[Symbol.asyncDispose]();
own.close();
own.closeAllConnections();

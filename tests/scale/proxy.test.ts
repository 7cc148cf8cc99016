import {readFile} from 'node:fs/promises';
import {getCACertificates, setDefaultCACertificates} from 'node:tls';
import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {TestCluster} from '../../packages/server/test/cluster/test-cluster.ts';
import {LiveClient} from '../../packages/server/test/support/live-client.ts';
import {readEvents} from '../../packages/server/test/support/read-events.ts';
import {print, type Script} from '../../packages/server/test/support/scripted-engine.ts';
import {hasNginx, NginxService} from '../services/nginx-service.ts';
import {PostgresService} from '../services/postgres-service.ts';
import {describeWith} from '../services/wanted.ts';

const CONFIGURATION = new URL('../../deploy/proxy/nginx.conf', import.meta.url);

describe.skipIf(!hasNginx)('row 53: the proxy of deploy/, in front of two API processes', () => {
  describeWith(['postgresql'], 'over one database', () => {
    const usual = getCACertificates('default');
    const resources = new AsyncDisposableStack();
    const released = Promise.withResolvers<void>();
    let cluster: TestCluster;
    let proxy: NginxService;

    beforeAll(async () => {
      const postgres = resources.use(await PostgresService.start());
      const held: Script = async (options, attempt) => {
        await print('first\n')(options, attempt);
        await released.promise;
        return {};
      };
      cluster = resources.use(await TestCluster.start(postgres, {workers: 1, scripts: {held}}));
      const upstream = cluster.apis.map(({url}) => new URL(url).host);
      proxy = resources.use(await NginxService.start(await readFile(CONFIGURATION, 'utf8'), upstream));
      // Its certificate is believed by what this process opens, and verified.
      setDefaultCACertificates([...usual, proxy.certificate]);
    });
    afterAll(async () => {
      setDefaultCACertificates(usual);
      released.resolve();
      await resources.disposeAsync();
    });

    const submit = async (code: string, query = ''): Promise<Response> =>
      await fetch(`${proxy.url}/v1/runs${query}`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({language: 'script', code}),
      });

    test('sends plain HTTP to HTTPS, method and body included', async () => {
      const response = await fetch(`${proxy.plainUrl}/v1/runs?wait=true`, {
        method: 'POST',
        redirect: 'manual',
      });
      expect(response.status).toBe(308);
      expect(response.headers.get('location')).toBe('https://127.0.0.1/v1/runs?wait=true');
    });

    test('ends TLS, and keeps figures and readiness inside', async () => {
      const response = await submit('hello', '?wait=true');
      expect(await response.json()).toMatchObject({outcome: 'ok', run: {stdout: 'hello'}});
      for (const path of ['/metrics', '/readyz'])
        expect((await fetch(`${proxy.url}${path}`)).status).toBe(404);
    });

    test('passes a live session, with its output and its end', async () => {
      await using client = await LiveClient.open(proxy.url);
      client.say({kind: 'start', run: {language: 'script', code: 'spoken'}});
      expect(await client.hears('finished')).toMatchObject({run: {outcome: 'ok'}});
      expect(client.output('stdout').toString()).toBe('spoken');
      expect(await client.closed).toBe(1000);
    });

    test('passes events when they happen, and not when the run is over', async () => {
      const accepted = (await (await submit('held')).json()) as Run; // The server's own answer to a valid request.
      const response = await fetch(`${proxy.url}/v1/runs/${accepted.id}/events`);
      const [last] = (await readEvents(response, 3)).slice(-1);
      expect(last).toMatchObject({event: 'stdout', data: {data: 'first\n'}});
      const running = (await (await fetch(`${proxy.url}/v1/runs/${accepted.id}`)).json()) as Run; // As above.
      expect(running.state).toBe('running');
      released.resolve();
    });

    test('asks the other API process when one has stopped', async () => {
      await cluster.apis[0]?.stop();
      for (let request = 0; request < 4; request++) {
        const response = await submit(`after ${request}`, '?wait=true');
        expect(await response.json()).toMatchObject({run: {stdout: `after ${request}`}});
      }
    });
  });
});

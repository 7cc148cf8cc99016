import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {OtlpReceiver} from '../support/otlp-receiver.ts';
import {sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const POLL = {timeout: 30_000};

/** An address that nobody listens at any more. */
async function absentReceiver(): Promise<{readonly url: string} & AsyncDisposable> {
  await using receiver = await OtlpReceiver.start();
  return {url: receiver.url, [Symbol.asyncDispose]: async () => undefined};
}

describe('traces', () => {
  it('tell the way of a run, as children of the request that the client named', async () => {
    await using receiver = await OtlpReceiver.start();
    await using server = await TestServer.start({flags: {'telemetry-otlp-endpoint': receiver.url}});
    const answer = await server.post(
      '/v1/runs?wait=true',
      {language: 'script', code: 'secret-code', stdin: 'secret-input'},
      {traceparent: `00-${TRACE}-${SPAN}-01`},
    );
    const {id} = (await answer.json()) as {id: string};
    await expect.poll(() => receiver.named('attempt').length, POLL).toBe(1);
    const [accept] = receiver.named('accept');
    expect(accept).toMatchObject({
      traceId: TRACE,
      parent: SPAN,
      attributes: {'http.request.method': 'POST', 'http.route': '/v1/runs', 'sandglass.run.id': id},
      resource: {'service.name': 'sandglass', 'sandglass.role': 'all'},
    });
    const [queue] = receiver.named('queue');
    const [attempt] = receiver.named('attempt');
    const [store] = receiver.named('store');
    expect(queue).toMatchObject({traceId: TRACE, parent: accept?.spanId});
    expect(attempt).toMatchObject({
      traceId: TRACE,
      parent: accept?.spanId,
      attributes: {
        'sandglass.run.id': id,
        'sandglass.run.attempt': 1,
        'sandglass.run.outcome': 'ok',
        'sandglass.language': 'script@1.0',
      },
    });
    expect(store).toMatchObject({
      traceId: TRACE,
      parent: attempt?.spanId,
      attributes: {'db.system.name': 'sqlite'},
    });
    for (const span of receiver.spans) expect(span.endedAt >= span.startedAt).toBe(true);
    expect(receiver.bodies.join()).not.toContain('secret');
  });

  it('begin here where the client names none or nonsense, and are each run’s own', async () => {
    await using receiver = await OtlpReceiver.start();
    await using server = await TestServer.start({flags: {'telemetry-otlp-endpoint': receiver.url}});
    for (const traceparent of ['', `00-${'0'.repeat(32)}-${SPAN}-01`, 'x'.repeat(5_000)])
      await server.post('/v1/runs?wait=true', {language: 'script', code: 'a'}, {traceparent});
    await expect.poll(() => receiver.named('attempt').length, POLL).toBe(3);
    expect(new Set(receiver.named('accept').map(({traceId}) => traceId)).size).toBe(3);
    expect(receiver.named('accept').map(({parent}) => parent)).toEqual([null, null, null]);
  });

  it('are not made for a client that says that its trace is not recorded', async () => {
    await using receiver = await OtlpReceiver.start();
    await using server = await TestServer.start({flags: {'telemetry-otlp-endpoint': receiver.url}});
    const run = {language: 'script', code: 'a'};
    await server.post('/v1/runs?wait=true', run, {traceparent: `00-${TRACE}-${SPAN}-00`});
    await server.post('/v1/runs?wait=true', run);
    await expect.poll(() => receiver.named('attempt').length, POLL).toBe(1);
    expect(receiver.spans.filter(({traceId}) => traceId === TRACE)).toEqual([]);
  });

  it('show each attempt after a fault of ours, the pause before it as its wait, and only the fault as an error', async () => {
    await using receiver = await OtlpReceiver.start();
    const broken = async (_options: unknown, attempt: number) => {
      if (attempt === 1) throw new SandglassError('sandbox-lost', 'The sandbox was lost.');
      return {};
    };
    const flags = {'telemetry-otlp-endpoint': receiver.url};
    await using server = await TestServer.start({scripts: {broken}, flags});
    await server.submit('broken', '?wait=true');
    await expect.poll(() => receiver.named('attempt').length, POLL).toBe(2);
    const attempts = receiver.named('attempt');
    expect(attempts.map(({isError}) => isError)).toEqual([true, false]);
    expect(attempts[0]?.attributes).toMatchObject({'error.type': 'sandbox-lost'});
    expect(new Set(receiver.spans.map(({traceId}) => traceId)).size).toBe(1);
    const waits = receiver.named('queue');
    expect(waits.map(({attributes}) => attributes['sandglass.run.attempt'])).toEqual([1, 2]);
    expect((waits[1]?.startedAt ?? 0n) >= (attempts[0]?.endedAt ?? 0n) - 50_000_000n).toBe(true);
  });

  it('call a refusal by its code, which is no error of the server', async () => {
    await using receiver = await OtlpReceiver.start();
    const flags = {'telemetry-otlp-endpoint': receiver.url};
    await using server = await TestServer.start({flags});
    await server.post('/v1/runs', {language: 'cobol', code: 'a'});
    await expect.poll(() => receiver.named('accept').length, POLL).toBe(1);
    expect(receiver.named('accept')[0]).toMatchObject({
      isError: false,
      attributes: {'error.type': 'unknown-language'},
    });
  });

  it.each([
    ['is not there', absentReceiver],
    ['never answers', async () => await OtlpReceiver.start({answers: false})],
  ])('hold up no run and no stop when the receiver %s', async (_what, open) => {
    await using receiver = await open();
    await using server = await TestServer.start({
      scripts: {nap: sleep(1)},
      flags: {'telemetry-otlp-endpoint': receiver.url},
    });
    for (let round = 0; round < 10; round++) {
      const runs = Array.from({length: 100}, () => ({language: 'script', code: 'nap'}));
      const response = await server.post('/v1/batches', {runs});
      expect(response.status).toBe(201);
      const {id} = (await response.json()) as {id: string};
      await expect
        .poll(async () => {
          const batch = (await (await server.fetch(`/v1/batches/${id}`)).json()) as {
            counts: {finished: number};
          };
          return batch.counts.finished;
        }, POLL)
        .toBe(100);
    }
    const stopping = server[Symbol.asyncDispose]().then(() => 'stopped');
    expect(await Promise.race([stopping, delay(20_000, 'stuck', {ref: false})])).toBe('stopped');
  });
});

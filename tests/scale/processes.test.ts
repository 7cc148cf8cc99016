import {type Channel, type ChannelModel, connect} from 'amqplib';
import pg from 'pg';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {OtlpReceiver} from '../../packages/server/test/support/otlp-receiver.ts';
import {PostgresService} from '../services/postgres-service.ts';
import {RabbitMqService} from '../services/rabbitmq-service.ts';
import {describeWith} from '../services/wanted.ts';
import {MortalProcess} from './mortal-process.ts';

type Status = Readonly<Record<string, unknown>>;

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const SECRET = 'a-secret-of-the-tests-that-is-long-enough';
/** Longer than four programs need to be begun. */
const PROGRAM_S = 6;
const POLL = {timeout: 90_000, interval: 100};

describeWith(
  ['postgresql', 'rabbitmq-server'],
  'an API process and a worker as processes of their own',
  () => {
    const resources = new AsyncDisposableStack();
    let receiver: OtlpReceiver;
    let database: pg.Client;
    let api: MortalProcess;
    let worker: MortalProcess;
    let connection: ChannelModel;
    let channel: Channel;

    beforeAll(async () => {
      const postgres = resources.use(await PostgresService.start());
      const rabbitMq = resources.use(await RabbitMqService.start());
      receiver = resources.use(await OtlpReceiver.start());
      const url = await postgres.createDatabase();
      const env = {
        SANDGLASS_STORE_KIND: 'postgres',
        SANDGLASS_STORE_URL: url,
        SANDGLASS_QUEUE_KIND: 'rabbitmq',
        SANDGLASS_QUEUE_URL: rabbitMq.url,
        SANDGLASS_CLUSTER_SECRET: SECRET,
        SANDGLASS_CLUSTER_LEASE_MS: '3000',
        SANDGLASS_CONCURRENCY: '8',
        SANDGLASS_PREPARATIONS: 'off',
        SANDGLASS_DOORS: 'system-b,system-e,system-y',
        SANDGLASS_DOOR_URL: rabbitMq.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      };
      worker = await MortalProcess.start(env, 'worker', resources);
      api = await MortalProcess.start(env, 'api', resources);
      database = new pg.Client({connectionString: url});
      await database.connect();
      resources.defer(() => database.end());
      connection = await connect(rabbitMq.url);
      channel = await connection.createChannel();
      resources.defer(() => connection.close());
      await channel.assertQueue('jobs_status_q', {durable: true});
      await channel.bindQueue('jobs_status_q', 'jobs_status_ex', 'jobs_status_rk');
    }, 240_000);
    afterAll(async () => {
      await resources.disposeAsync();
    });

    const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      await fetch(`${api.url}${path}`, {
        method: 'POST',
        headers: {'content-type': 'application/json', ...headers},
        body: JSON.stringify(body),
      });

    test('a run is one trace through both, with a span for each part of its way and nothing of what is in it', async () => {
      const run = {language: 'c', code: 'int main(void) { return 0; } // hush-code', stdin: 'hush-input'};
      const headers = {traceparent: `00-${TRACE}-${SPAN}-01`};
      const {id, outcome} = (await (await post('/v1/runs?wait=true', run, headers)).json()) as Status;
      expect(outcome).toBe('ok');
      await expect.poll(() => receiver.named('attempt').length, POLL).toBe(1);
      await expect.poll(() => receiver.named('accept').length, POLL).toBe(1);
      const [accept] = receiver.named('accept');
      const [attempt] = receiver.named('attempt');
      expect(accept).toMatchObject({parent: SPAN, resource: {'sandglass.role': 'api'}});
      for (const name of ['queue', 'attempt'])
        expect(receiver.named(name)[0]).toMatchObject({
          parent: accept?.spanId,
          attributes: {'sandglass.run.id': id, 'sandglass.run.attempt': 1},
        });
      const inAttempt = receiver.spans.filter(({parent}) => parent === attempt?.spanId);
      expect(inAttempt.map(({name}) => name).sort()).toEqual([
        'compile',
        'run',
        'sandbox',
        'sandbox',
        'store',
      ]);
      expect(receiver.named('store')[0]?.attributes).toMatchObject({'db.system.name': 'postgresql'});
      for (const span of receiver.spans) expect(span.traceId).toBe(TRACE);
      for (const span of [...inAttempt, ...receiver.named('queue')])
        expect(span.resource['sandglass.role']).toBe('worker');
      expect(receiver.bodies.join()).not.toContain('hush');
      const {rows} = await database.query<{url: string}>('select url from workers');
      const metrics = await (await fetch(`${rows[0]?.url}/metrics`)).text();
      expect(metrics).toMatch(/stage_seconds_count\{stage="sandbox",role="worker"\} [1-9]/);
    });

    test.each([
      ['API process', () => api, 1],
      ['worker', () => worker, 2],
    ] as const)(
      'rows 41, 42: kill -9 of the %s loses no job of any door, and tells each status once, in order, with the output',
      async (name, victim, attempts) => {
        const id = `job-${name.split(' ')[0]}`;
        const sleepy = (end: string) =>
          `import time\nprint("so far", flush=True)\ntime.sleep(${PROGRAM_S})\n${end}`;
        const statusQueue = `job_status_${id}`;
        await channel.assertQueue(statusQueue, {durable: true});
        send('', 'jobs', {
          id,
          type: 'command',
          command: `echo so far; echo err >&2; sleep ${PROGRAM_S}; exit 3`,
        });
        send('jobs_ex', 'jobs_rk', {id, language: 'python', code: sleepy('raise SystemExit(1)')});
        send('sandbox_job_ex', 'sandbox_job_rk', {id, language: 'py', code: sleepy('print("end")')});
        const submitted = await post('/api/submit', {code: sleepy('print("end")'), lang: 'python'});
        const {codeSubmissionId} = (await submitted.json()) as Status;
        await expect.poll(underWay, POLL).toEqual({running: 4, told: 3});
        await victim().killAndRestart();

        expect(await statusesOf(statusQueue)).toEqual([
          {id, status: 'received', stderr: '', stdout: ''},
          {id, status: 'running', stderr: '', stdout: ''},
          {id, status: 'done', stderr: 'err\n', stdout: 'so far\n'},
        ]);
        const later = await statusesOf('jobs_status_q');
        expect(later.map(({status}) => status)).toEqual(['received', 'running', 'failed']);
        expect(later.at(-1)).toMatchObject({id, message: 'Failed to run', stdout: 'so far\n'});
        const fromY = await statusesOf('sandbox_status_queue');
        expect(fromY.map(({status}) => status)).toEqual(['received', 'running', 'done']);
        expect(fromY.at(-1)).toMatchObject({id, stdout: 'so far\nend\n'});
        await expect
          .poll(async () => await (await fetch(`${api.url}/api/result/${codeSubmissionId}`)).json(), POLL)
          .toMatchObject({status: 'completed', stdOutput: 'so far\nend\n'});
        const {rows} = await database.query<{attempt: number}>(
          'select attempt from runs order by created_at_ms desc limit 4',
        );
        expect(rows.map(({attempt}) => attempt)).toEqual([attempts, attempts, attempts, attempts]);
        for (const queue of [
          'jobs',
          'jobs_q',
          'sandbox_queue',
          statusQueue,
          'jobs_status_q',
          'sandbox_status_queue',
        ])
          expect((await channel.checkQueue(queue)).messageCount, queue).toBe(0);
      },
      240_000,
    );

    test('what no worker could run is refused by the API process, each for its own reason', async () => {
      const python = {language: 'python', code: 'print(1)'};
      const checker = {kind: 'program', language: 'klingon', code: 'x'};
      const cases: readonly [string, object][] = [
        ['unknown-language', {...python, language: 'klingon'}],
        ['unknown-image', {...python, image: 'gone'}],
        ['isolation-unavailable', {...python, isolation: 'gvisor'}],
        ['network-not-allowed', {...python, network: 'internet'}],
        ['unknown-language', {...python, tests: [{}], checker}],
      ];
      for (const [code, body] of cases)
        expect(await (await post('/v1/runs', body)).json()).toMatchObject({code});
      send('sandbox_job_ex', 'sandbox_job_rk', {id: 'refused', language: 'klingon', code: 'x'});
      const statuses = await statusesOf('sandbox_status_queue');
      expect(statuses.map(({status}) => status)).toEqual(['received', 'failed']);
      expect(String(statuses.at(-1)?.error)).toContain('klingon');
    });

    function send(exchange: string, key: string, job: object): void {
      channel.publish(exchange, key, Buffer.from(JSON.stringify(job)), {persistent: true});
    }

    /** Runs that are executed, and of how many jobs the senders know it: what was told is remembered by then. */
    async function underWay(): Promise<{readonly running: number; readonly told: number}> {
      const {rows} = await database.query<{status: string | null}>(
        "select status from runs left join told_statuses on id = run_id where state = 'running'",
      );
      return {running: rows.length, told: rows.filter(({status}) => status === 'running').length};
    }

    /** A client that knows nothing but a queue: reads until a status that is the last. */
    async function statusesOf(queue: string): Promise<Status[]> {
      const statuses: Status[] = [];
      await expect
        .poll(async () => {
          const message = await channel.get(queue, {noAck: true});
          if (message === false) return null;
          const status = JSON.parse(message.content.toString()) as Status;
          statuses.push(status);
          return status.status;
        }, POLL)
        .toMatch(/^(done|failed)$/);
      return statuses;
    }
  },
);

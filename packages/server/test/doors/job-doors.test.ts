import {type Channel, type ChannelModel, connect} from 'amqplib';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {RabbitMqService} from '../../../../tests/services/rabbitmq-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {ServedEngine} from '../support/served-engine.ts';

type Status = Readonly<Record<string, unknown>>;

describeWith(['rabbitmq-server'], 'rows 41, 42: jobs over RabbitMQ', () => {
  let rabbitMq: RabbitMqService;
  let engine: ServedEngine;
  let server: Awaited<ReturnType<ServedEngine['serve']>>;
  let connection: ChannelModel;
  let channel: Channel;
  beforeAll(async () => {
    [rabbitMq, engine] = await Promise.all([RabbitMqService.start(), ServedEngine.start()]);
    server = await engine.serve({doors: 'system-b,system-e,system-y', 'door-url': rabbitMq.url});
    connection = await connect(rabbitMq.url);
    channel = await connection.createChannel();
  }, 240_000);
  afterAll(async () => {
    await connection.close();
    await server[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await rabbitMq[Symbol.asyncDispose]();
  });

  /** A client that knows nothing but a queue: reads until a status that is the last. */
  const statusesOf = async (queue: string, id: string): Promise<Status[]> => {
    const statuses: Status[] = [];
    await vi.waitUntil(
      async () => {
        const message = await channel.get(queue, {noAck: true});
        if (message === false) return false;
        const status = JSON.parse(message.content.toString()) as Status;
        if (status.id === id) statuses.push(status);
        return statuses.at(-1)?.status === 'done' || statuses.at(-1)?.status === 'failed';
      },
      {timeout: 60_000, interval: 20},
    );
    return statuses;
  };
  const send = (exchange: string, key: string, job: object): void => {
    channel.publish(exchange, key, Buffer.from(JSON.stringify(job)), {persistent: true});
  };

  test('B, first form: received, running and done come in order, once each, with the output', async () => {
    await channel.assertQueue('job_status_1', {durable: true});
    const code = '#include <stdio.h>\nint main(void) { puts("hi"); fputs("err", stderr); return 3; }';
    send('', 'jobs', {id: '1', type: 'code', code});
    expect(await statusesOf('job_status_1', '1')).toEqual([
      {id: '1', status: 'received', stderr: '', stdout: ''},
      {id: '1', status: 'running', stderr: '', stdout: ''},
      {id: '1', status: 'done', stderr: 'err', stdout: 'hi\n'},
    ]);
    await channel.assertQueue('job_status_2', {durable: true});
    send('', 'jobs', {id: '2', type: 'command', command: 'echo $((6 * 7))'});
    expect((await statusesOf('job_status_2', '2')).at(-1)).toMatchObject({stdout: '42\n'});
  });

  test('B, later form: done with measurements, failed with output, and a refused variant', async () => {
    await channel.assertQueue('jobs_status_q', {durable: true});
    await channel.bindQueue('jobs_status_q', 'jobs_status_ex', 'jobs_status_rk');
    send('jobs_ex', 'jobs_rk', {
      id: 'a',
      language: 'c',
      variant: 'gcc',
      code: 'int main(void) { return 0; }',
    });
    const done = await statusesOf('jobs_status_q', 'a');
    expect(done.map((status) => status.status)).toEqual(['received', 'running', 'done']);
    expect(done.at(-1)).toMatchObject({message: 'Success', error: ''});
    expect(Number(done.at(-1)?.exec_duration)).toBeGreaterThan(0);
    expect(Number(done.at(-1)?.mem_usage)).toBeGreaterThan(0);
    send('jobs_ex', 'jobs_rk', {id: 'b', language: 'python', code: 'print("so far")\nraise SystemExit(1)'});
    const failed = await statusesOf('jobs_status_q', 'b');
    expect(failed.at(-1)).toMatchObject({status: 'failed', message: 'Failed to run', stdout: 'so far\n'});
    send('jobs_ex', 'jobs_rk', {id: 'c', language: 'c', code: 'int main(void) { return x; }'});
    expect((await statusesOf('jobs_status_q', 'c')).at(-1)).toMatchObject({message: 'Failed to compile'});
    send('jobs_ex', 'jobs_rk', {id: 'd', language: 'c', variant: 'turbo', code: 'x'});
    const refused = await statusesOf('jobs_status_q', 'd');
    expect(refused.map((status) => status.status)).toEqual(['received', 'failed']);
  });

  test('Y: its names, languages and milliseconds; what is no job is dropped and holds nothing up', async () => {
    send('sandbox_job_ex', 'sandbox_job_rk', {id: 'bad'});
    channel.publish('sandbox_job_ex', 'sandbox_job_rk', Buffer.from('no json'));
    const code = 'import time\ntime.sleep(0.2)\nprint("one")';
    send('sandbox_job_ex', 'sandbox_job_rk', {id: 7, language: 'py', code});
    const statuses = await statusesOf('sandbox_status_queue', '7');
    expect(statuses.map((status) => status.status)).toEqual(['received', 'running', 'done']);
    expect(statuses.at(-1)).toMatchObject({stdout: 'one\n'});
    expect(Number(statuses.at(-1)?.exec_duration)).toBeGreaterThanOrEqual(200);
    expect(Number(statuses.at(-1)?.exec_duration)).toBeLessThan(20_000);
  });

  test('E: code and input come back byte for byte beside the output', async () => {
    const code = 'import sys\nprint(sys.stdin.read(), end="")\nprint("it\'s \\"$x\\"", file=sys.stderr)\n';
    const stdInput = 'quotes \'"` $HOME \\ ünï\n\n';
    const submitted = await fetch(`${server.url}/api/submit`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({code, lang: 'python', stdInput}),
    });
    expect(submitted.status).toBe(201);
    const {message, codeSubmissionId} = (await submitted.json()) as {
      message: string;
      codeSubmissionId: string;
    };
    expect(message).toBe('Code submission queued successfully');
    const result = await vi.waitUntil(
      async () => {
        const answer = await (await fetch(`${server.url}/api/result/${codeSubmissionId}`)).json();
        return (answer as {status?: string}).status === 'completed' ? answer : null;
      },
      {timeout: 30_000},
    );
    const stdError = 'it\'s "$x"\n';
    expect(result).toEqual({
      code,
      lang: 'python',
      stdInput,
      stdOutput: stdInput,
      stdError,
      status: 'completed',
    });
  });
});

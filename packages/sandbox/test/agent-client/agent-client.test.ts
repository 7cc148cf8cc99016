import {type AgentMessage, FRAME_TYPES} from '@sandglass/protocol/agent';
import type {Execution} from '@sandglass/sandbox';
import fc from 'fast-check';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {command} from '../support/command.ts';
import {PlayedAgent} from './support/played-agent.ts';

const EXITED: AgentMessage = {
  kind: 'exited',
  exitCode: 0,
  signal: null,
  stopReason: 'none',
  wallTimeNs: 1_500_000,
  cpuTimeNs: 1_000_000,
  memoryPeakBytes: 4096,
  processesPeak: 1,
  oomKills: 0,
  forksRefused: 0,
  stdoutBytes: 0,
  stderrBytes: 0,
  diskUsedBytes: 0,
  facts: 0x0f,
};
const output = (text: string): AgentMessage => ({kind: 'output', stream: 'stdout', data: Buffer.from(text)});

/** An agent that was greeted and asked to start a program, and the stream id of that program. */
async function withProgram(
  parts: Parameters<typeof command>[1] = {},
): Promise<{agent: PlayedAgent; program: Execution; id: number}> {
  const agent = new PlayedAgent();
  agent.greet();
  await agent.client.hello;
  const program = agent.client.exec(command(['x'], parts));
  const {streamId} = await agent.frame(FRAME_TYPES.exec);
  return {agent, program, id: streamId};
}

describe('AgentClient.exec', () => {
  it('sends files, command and known input in one message, input and files before anything is answered', async () => {
    const {agent} = await withProgram({
      files: [
        {path: 'a', content: Buffer.from('1')},
        {path: 'b', content: Buffer.alloc(200_000)},
      ],
      stdin: Buffer.from('input'),
    });
    const types = agent.received.map((frame) => frame.type);
    expect(types[0]).toBe(FRAME_TYPES.write);
    expect(types.slice(-2)).toEqual([FRAME_TYPES.exec, FRAME_TYPES.stdin]);
    expect(new Set(types.slice(0, -2))).toEqual(new Set([FRAME_TYPES.write]));
  });

  it('reports the end after the last output was taken, however long its consumer needs', async () => {
    const taken = Promise.withResolvers<void>();
    const pieces: string[] = [];
    const {agent, program, id} = await withProgram({
      onOutput: async (_stream, data) => {
        pieces.push(Buffer.from(data).toString());
        if (pieces.length === 1) await taken.promise;
      },
    });
    let hasExited = false;
    void program.exited.then(() => {
      hasExited = true;
    });
    agent.say(id, {kind: 'started', pid: 2});
    for (const message of [output('one'), output('two'), output('three'), EXITED]) agent.say(id, message);
    await program.started;
    await vi.waitFor(() => expect(pieces).toEqual(['one']));
    expect(hasExited).toBe(false);
    taken.resolve();
    expect(await program.exited).toMatchObject({exitCode: 0, wallTimeMs: 1.5, cpuTimeMs: 1});
    expect(pieces.join('')).toBe('onetwothree');
  });

  it('gives credit back only for what its consumer took', async () => {
    const taken = Promise.withResolvers<void>();
    const {agent, id} = await withProgram({onOutput: () => taken.promise});
    agent.say(id, {kind: 'started', pid: 2});
    for (let sent = 0; sent < 4; sent += 1) agent.say(id, output('x'.repeat(65_536)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(agent.received.some((frame) => frame.type === FRAME_TYPES.credit)).toBe(false);
    taken.resolve();
    const credit = await agent.frame(FRAME_TYPES.credit);
    expect(credit.payload.readUInt32LE(1)).toBeGreaterThanOrEqual(65_536);
  });

  it('kills the program and rejects with the error of a consumer that throws', async () => {
    const {agent, program, id} = await withProgram({
      onOutput: () => {
        throw new Error('consumer broke');
      },
    });
    agent.say(id, {kind: 'started', pid: 2});
    agent.say(id, output('x'));
    const signal = await agent.frame(FRAME_TYPES.signal);
    expect([...signal.payload]).toEqual([9, 2]);
    agent.say(id, EXITED);
    await expect(program.exited).rejects.toThrow('consumer broke');
  });

  it('rejects with exec-failed, naming step and cause, when the program cannot be started', async () => {
    const {agent, program, id} = await withProgram();
    agent.say(id, {kind: 'result', step: 24, errno: 2, detail: 'x'});
    await expect(program.exited).rejects.toMatchObject({code: 'exec-failed'});
    await expect(program.started).rejects.toThrow('Cannot start "x" in the sandbox: exec (x): ENOENT');
  });

  it('rejects with exec-failed when the arguments do not fit, and sends nothing', async () => {
    const agent = new PlayedAgent();
    agent.greet();
    await agent.client.hello;
    const program = agent.client.exec(command(['x'.repeat(1_100_000)]));
    await expect(program.exited).rejects.toMatchObject({code: 'exec-failed'});
    expect(agent.received).toHaveLength(0);
  });

  it('sends input only as far as the agent granted, and marks its end', async () => {
    const {agent, program, id} = await withProgram({stdin: 'open'});
    agent.say(id, {kind: 'started', pid: 2});
    await program.started;
    let isTaken = false;
    const writing = program.write(Buffer.alloc(300_000)).then(() => {
      isTaken = true;
    });
    program.end();
    const sent = (): number =>
      agent.received
        .filter((frame) => frame.type === FRAME_TYPES.stdin)
        .reduce((sum, frame) => sum + frame.payload.length, 0);
    await vi.waitFor(() => expect(sent()).toBe(262_144));
    expect(isTaken).toBe(false);
    agent.say(id, {kind: 'stdin-credit', bytes: 262_144});
    await writing;
    await vi.waitFor(() => expect(sent()).toBe(300_000));
    expect(agent.received.at(-1)).toMatchObject({type: FRAME_TYPES.stdin, flags: 2});
    agent.say(id, EXITED);
    await program.exited;
    await program.write(Buffer.from('too late is dropped quietly'));
  });
});

describe('an agent that breaks the protocol', () => {
  it.each<[string, readonly AgentMessage[]]>([
    [
      'starts twice',
      [
        {kind: 'started', pid: 2},
        {kind: 'started', pid: 2},
      ],
    ],
    ['ends twice', [{kind: 'started', pid: 2}, EXITED, EXITED]],
    ['ends before it starts', [EXITED]],
    ['prints before it starts', [output('x')]],
    ['prints after the end', [{kind: 'started', pid: 2}, EXITED, output('x')]],
    [
      'prints on a terminal that is none',
      [
        {kind: 'started', pid: 2},
        {kind: 'output', stream: 'terminal', data: Buffer.from('x')},
      ],
    ],
    [
      'fails after the start',
      [
        {kind: 'started', pid: 2},
        {kind: 'result', step: 24, errno: 2, detail: ''},
      ],
    ],
    ['calls an exec done', [{kind: 'result', step: 0, errno: 0, detail: ''}]],
    ['sends data that nobody asked for', [{kind: 'data', data: Buffer.from('x'), isLast: true}]],
    [
      'grants more input than was ever sent',
      [
        {kind: 'started', pid: 2},
        {kind: 'stdin-credit', bytes: 1},
      ],
    ],
    ['greets twice', [{kind: 'hello', version: 1, programUid: 1, facts: 0, sandboxId: 1}]],
  ])('is cut off when it %s', async (_title, messages) => {
    const {agent, program, id} = await withProgram({stdin: 'open'});
    for (const message of messages) agent.say(id, message);
    await agent.lost;
    expect(await agent.client.exec(command(['x'])).exited.catch((error: unknown) => error)).toMatchObject({
      code: 'agent-protocol-violation',
    });
    await program.exited.catch(() => {});
  });

  it('is cut off when it sends more output than it has credit for', async () => {
    const {agent, program, id} = await withProgram({onOutput: () => new Promise<void>(() => {})});
    agent.say(id, {kind: 'started', pid: 2});
    for (let sent = 0; sent < 4; sent += 1) agent.say(id, output('x'.repeat(65_536)));
    agent.say(id, output('x'));
    await expect(program.exited).rejects.toThrow('1 bytes of stdout with a credit of 0');
  });

  it('is cut off when it speaks on a stream on which nothing was asked', async () => {
    const {agent, id} = await withProgram();
    agent.say(id + 1, {kind: 'started', pid: 2});
    await agent.lost;
    await expect(agent.client.killAll()).rejects.toMatchObject({code: 'agent-protocol-violation'});
  });

  it('is cut off when it speaks before its greeting, or in another version', async () => {
    const early = new PlayedAgent();
    early.say(1, {kind: 'started', pid: 2});
    await expect(early.client.hello).rejects.toMatchObject({code: 'agent-protocol-violation'});
    const newer = new PlayedAgent();
    newer.say(0, {kind: 'hello', version: 2, programUid: 1, facts: 0, sandboxId: 1});
    await expect(newer.client.hello).rejects.toThrow('protocol version 2');
  });

  it('is cut off when it sends more of a file or a listing than was wanted', async () => {
    const agent = new PlayedAgent();
    agent.greet();
    const reading = agent.client.readFile('f', {maxBytes: 10});
    const {streamId} = await agent.frame(FRAME_TYPES.read);
    agent.say(streamId, {kind: 'data', data: Buffer.alloc(12), isLast: false});
    await expect(reading).rejects.toMatchObject({code: 'agent-protocol-violation'});
  });

  it('never makes the worker crash, hang or grow, whatever bytes it sends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({maxLength: 100}), {maxLength: 8}), async (chunks) => {
        const {agent, program} = await withProgram();
        for (const chunk of chunks) agent.sayBytes(chunk);
        agent.hangUp();
        await expect(program.exited).rejects.toMatchObject({
          code: expect.stringMatching(/^(agent-protocol-violation|sandbox-lost)$/),
        });
        await agent.lost;
      }),
      {numRuns: 100},
    );
  });
});

describe('an agent that goes away', () => {
  it('fails everything under way with sandbox-lost', async () => {
    const {agent, program} = await withProgram({stdin: 'open'});
    const reading = agent.client.readFile('f', {maxBytes: 1});
    const writing = program.write(Buffer.alloc(300_000));
    agent.hangUp();
    for (const outcome of [program.exited, program.started, reading, writing])
      await expect(outcome).rejects.toMatchObject({code: 'sandbox-lost'});
    await expect(agent.client.killAll()).rejects.toMatchObject({code: 'sandbox-lost'});
  });
});

describe('an agent that goes silent', () => {
  afterEach(() => vi.useRealTimers());

  it('loses the sandbox when the end of a program is overdue', async () => {
    const {agent, program, id} = await withProgram({wallTimeMs: 1000});
    vi.useFakeTimers();
    agent.say(id, {kind: 'started', pid: 2});
    await program.started;
    await vi.advanceTimersByTimeAsync(3400);
    let isLost = false;
    void agent.lost.then(() => {
      isLost = true;
    });
    expect(isLost).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await expect(program.exited).rejects.toThrow('did not report its end within 3500 ms');
    await expect(agent.client.killAll()).rejects.toMatchObject({code: 'sandbox-lost'});
  });

  it('waits as long as the consumer holds output back', async () => {
    const taken = Promise.withResolvers<void>();
    const {agent, program, id} = await withProgram({wallTimeMs: 1000, onOutput: () => taken.promise});
    vi.useFakeTimers();
    agent.say(id, {kind: 'started', pid: 2});
    agent.say(id, output('x'));
    await program.started;
    await vi.advanceTimersByTimeAsync(60_000);
    agent.say(id, EXITED);
    taken.resolve();
    expect(await program.exited).toMatchObject({exitCode: 0});
  });

  it('loses the sandbox when a request stays unanswered', async () => {
    const agent = new PlayedAgent();
    agent.greet();
    await agent.client.hello;
    vi.useFakeTimers();
    const killing = agent.client.killAll();
    const failure = expect(killing).rejects.toThrow('did not kill every program within 30000 ms');
    await vi.advanceTimersByTimeAsync(30_100);
    await failure;
  });
});

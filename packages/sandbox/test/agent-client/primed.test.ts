import {FRAME_TYPES, STEPS} from '@sandglass/protocol/agent';
import type {Command, RuntimeTemplate} from '@sandglass/sandbox';
import {describe, expect, it, vi} from 'vitest';
import {command} from '../support/command.ts';
import {PlayedAgent} from './support/played-agent.ts';

const PRIMED_FLAG = 8;
const PRIME_STEP = Number(Object.entries(STEPS).find(([, name]) => name === 'prime')?.[0]);
const {argv, env} = command(['runtime', 'main']);
const TEMPLATE: RuntimeTemplate = {
  id: 'runtime',
  argv,
  env,
  library: '/prime.so',
  stopAt: ['main'],
  idleBytes: 1,
};

/** An agent in which the template's runtime waits. */
async function primedAgent(): Promise<PlayedAgent> {
  const agent = new PlayedAgent();
  agent.greet();
  await agent.client.hello;
  const primed = agent.client.prime(TEMPLATE);
  const {streamId} = await agent.frame(FRAME_TYPES.prime);
  agent.say(streamId, {kind: 'result', step: 0, errno: 0, detail: ''});
  await primed;
  return agent;
}

/** Whether each EXEC so far asks for the runtime; flags are the first field of its payload. */
function execFlags(agent: PlayedAgent): number[] {
  return agent.received
    .filter(({type}) => type === FRAME_TYPES.exec)
    .map(({payload}) => payload.readUInt32LE() & PRIMED_FLAG);
}

describe('AgentClient with a primed runtime', () => {
  it.each<[string, Partial<Command>, number]>([
    ['exactly the same', {}, PRIMED_FLAG],
    ['with one more argument', {argv: [...argv, '-v']}, 0],
    ['with another variable', {env: {...env, MORE: ''}}, 0],
    ['with its variables in another order', {env: Object.fromEntries(Object.entries(env).reverse())}, 0],
    ['in another folder', {cwd: 'sub'}, 0],
    ['with a terminal', {terminal: {columns: 1, rows: 1}}, 0],
    ['with input that is yet to come', {stdin: 'open'}, 0],
  ])('asks for it when a command is %s', async (_what, parts, flags) => {
    const agent = await primedAgent();
    agent.client.exec(command(argv, parts));
    await agent.frame(FRAME_TYPES.exec);
    expect(execFlags(agent)).toEqual([flags]);
    agent.hangUp();
    await agent.lost;
  });

  it('starts a program plainly, input and all, when the runtime was lost at the last moment', async () => {
    const agent = await primedAgent();
    const program = agent.client.exec(command(argv, {stdin: Buffer.from('input')}));
    const {streamId} = await agent.frame(FRAME_TYPES.exec);
    agent.say(streamId, {kind: 'result', step: PRIME_STEP, errno: 10, detail: 'it ended'});
    await vi.waitFor(() => expect(execFlags(agent)).toEqual([PRIMED_FLAG, 0]));
    const inputs = agent.received.filter(({type}) => type === FRAME_TYPES.stdin);
    expect(inputs.map(({payload}) => payload.toString())).toEqual(['input', 'input']);
    agent.say(streamId, {kind: 'started', pid: 3});
    await program.started;
    agent.hangUp();
    await expect(program.exited).rejects.toMatchObject({code: 'sandbox-lost'});
  });

  it('does not try for ever: the same answer again is the failure of the program', async () => {
    const agent = await primedAgent();
    const program = agent.client.exec(command(argv));
    const {streamId} = await agent.frame(FRAME_TYPES.exec);
    for (const _attempt of [1, 2])
      agent.say(streamId, {kind: 'result', step: PRIME_STEP, errno: 10, detail: ''});
    await expect(program.exited).rejects.toMatchObject({code: 'exec-failed'});
    expect(execFlags(agent)).toHaveLength(2);
    agent.hangUp();
    await agent.lost;
  });
});

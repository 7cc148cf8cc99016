import {Agent, request} from 'node:http';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import type {Run} from '@sandglass/protocol';
import {expect, it} from 'vitest';
import {PASSWORD, Person} from '../support/person.ts';
import {TestServer} from '../support/test-server.ts';

/** A second's worth of what row 50 asks for. */
const FLOOD = 1_000;
const MIB = 1024 * 1024;
const FLAGS = {
  'accounts-mode': 'open',
  // Each attempt seems to come from somewhere else, as those of a botnet do.
  'accounts-trusted-proxies': 'loopback',
  'accounts-allowance-requests-per-minute': '0',
};

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

async function attempt(url: string, agent: Agent, number: number): Promise<Answer> {
  const {promise, resolve, reject} = Promise.withResolvers<Answer>();
  const from = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  const headers = {'content-type': 'application/json', 'x-forwarded-for': from};
  const sent = request(`${url}/v1/account/sign-in`, {method: 'POST', agent, headers}, (response) => {
    response.resume();
    response.on('end', () =>
      resolve({status: response.statusCode ?? 0, retryAfter: response.headers['retry-after']}),
    );
  });
  sent.on('error', reject);
  // Every other one guesses at a user who exists.
  sent.end(JSON.stringify({user: number % 2 === 0 ? 'ada' : `nobody-${number}`, password: 'a guess'}));
  return await promise;
}

async function flood(url: string, first: number): Promise<Answer[]> {
  const agent = new Agent({keepAlive: true, maxSockets: 200});
  try {
    return await Promise.all(Array.from({length: FLOOD}, (_, index) => attempt(url, agent, first + index)));
  } finally {
    agent.destroy();
  }
}

it('row 50: a thousand sign-ins at once are answered or turned away, and others are served meanwhile', async () => {
  await using server = await TestServer.start({flags: FLAGS});
  const ada = await Person.signUp(server, 'ada');
  const flooding = flood(server.server.url, 0);
  for (let round = 0; round < 10; round += 1) {
    expect((await ada.send('GET', '/v1/account')).status).toBe(200);
    const run = await ada.json<Run>('POST', '/v1/runs?wait=true', {language: 'script', code: 'x'});
    expect(run.outcome).toBe('ok');
  }
  const answers = await flooding;
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  // A user is guessed at sixty times a minute at most, and passwords wait for their turn in a short queue.
  expect(count(401) + count(429)).toBe(FLOOD);
  expect(count(401)).toBeGreaterThan(0);
  expect(count(429)).toBeGreaterThan(0);
  for (const {status, retryAfter} of answers)
    if (status === 429) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  // Only what was looked at is in the log: one entry for each password that was hashed.
  const entries = await server.access?.accounts.audit.list({action: 'account.sign-in-refused', limit: 5000});
  expect(entries?.length).toBe(count(401));
  // Whoever has the right password comes in again once the flood is over, and from another address than the guesses.
  const friend = {'x-forwarded-for': '192.0.2.1'};
  await Person.signUp(server, 'bob');
  const body = {user: 'bob', password: PASSWORD};
  expect((await new Person(server).send('POST', '/v1/account/sign-in', body, friend)).status).toBe(200);
  expect(server.faults).toEqual([]);
});

it('row 50: floods of sign-ins leave nothing in the memory', async () => {
  await using server = await TestServer.start({flags: FLAGS});
  const {url} = server.server;
  await flood(url, 1_000);
  const before = heapBytes();
  for (let round = 2; round < 5; round += 1) await flood(url, round * 1_000);
  // Windows of addresses are kept for their minute: a few hundred bytes each. Bodies or promises that are not let go are far more.
  expect(heapBytes() - before).toBeLessThan(16 * MIB);
});

/** What is in use after everything that can be forgotten is forgotten. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  // Available to contexts that are made after the flag was set.
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

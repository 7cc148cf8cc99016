import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {PASSWORD, Person} from '../support/person.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {TestServer} from '../support/test-server.ts';

const OPEN = {'accounts-mode': 'open', 'accounts-allowance-requests-per-minute': '0'};
let server: TestServer;
let admin: Person;

beforeAll(async () => {
  server = await TestServer.start({flags: OPEN});
  admin = await Person.signUp(server, 'ada', {name: 'Ada Lovelace', email: 'ada@example.org'});
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe('row 50: signing up', () => {
  it('makes the first user administrator and the next one member', async () => {
    const member = await Person.signUp(server, 'bob');
    expect(await admin.json('GET', '/v1/account')).toMatchObject({user: {username: 'ada', role: 'admin'}});
    expect(await member.json('GET', '/v1/account')).toMatchObject({user: {username: 'bob', role: 'member'}});
  });

  it.each([
    ['a user name that is taken', {username: 'ada', password: PASSWORD}, 409, 'already-exists'],
    ['the same in capitals', {username: 'ADA', password: PASSWORD}, 409, 'already-exists'],
    [
      'an address that is taken',
      {username: 'eve', password: PASSWORD, email: 'Ada@Example.org'},
      409,
      'already-exists',
    ],
    ['a short password', {username: 'eve', password: 'short'}, 400, 'invalid-request'],
    [
      'a password of 10 000 characters',
      {username: 'eve', password: 'x'.repeat(10_000)},
      400,
      'invalid-request',
    ],
    [
      'a user name of 10 000 characters',
      {username: 'x'.repeat(10_000), password: PASSWORD},
      400,
      'invalid-request',
    ],
    [
      'a name of 10 000 characters',
      {username: 'eve', password: PASSWORD, name: 'x'.repeat(10_000)},
      400,
      'invalid-request',
    ],
    ['a name with a line break', {username: 'eve', password: PASSWORD, name: 'a\nb'}, 400, 'invalid-request'],
    ['a user name with markup', {username: '<b>eve', password: PASSWORD}, 400, 'invalid-request'],
    [
      'a role that one gives oneself',
      {username: 'eve', password: PASSWORD, role: 'admin'},
      400,
      'invalid-request',
    ],
    [
      'an address that is none',
      {username: 'eve', password: PASSWORD, email: 'nowhere'},
      400,
      'invalid-request',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    const response = await new Person(server).send('POST', '/v1/account/sign-up', body);
    expect(await response.json()).toMatchObject({status, code});
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('keeps markup and direction marks in names as text', async () => {
    const name = '<img src=x onerror=alert(1)> \u202Egnp.exe';
    const person = await Person.signUp(server, 'mallory', {name});
    expect(await person.json('GET', '/v1/account')).toMatchObject({user: {name}});
  });

  it('lets one of many win who want the same name at once', async () => {
    const body = {username: 'wanted', password: PASSWORD};
    const answers = await Promise.all(
      Array.from({length: 4}, () => new Person(server).send('POST', '/v1/account/sign-up', body)),
    );
    expect(answers.map(({status}) => status).sort()).toEqual([201, 409, 409, 409]);
  });
});

describe('signing in', () => {
  it('takes user name or address, and gives a cookie that scripts cannot read', async () => {
    for (const user of ['ada', 'ADA@example.org']) {
      const response = await new Person(server).send('POST', '/v1/account/sign-in', {
        user,
        password: PASSWORD,
      });
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie().join()).toMatch(
        /session_token=[^;]+;.*HttpOnly;.*SameSite=Lax/i,
      );
    }
  });

  it('says the same of an unknown user and of a wrong password', async () => {
    const answers = await Promise.all(
      [
        {user: 'ada', password: 'wrong password'},
        {user: 'nobody-here', password: 'wrong password'},
      ].map(async (body) => {
        const response = await new Person(server).send('POST', '/v1/account/sign-in', body);
        return {status: response.status, body: await response.text()};
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(401);
  });

  it('hashes a password for an unknown user too, so that time tells nothing', async () => {
    const time = async (user: string) => {
      const before = performance.now();
      await new Person(server).send('POST', '/v1/account/sign-in', {user, password: 'wrong password'});
      return performance.now() - before;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 3; round++) {
      known.push(await time('bob'));
      unknown.push(await time(`nobody-${round}`));
    }
    // Without hashing an answer takes a few milliseconds; with it, tens. The load of the machine bends both alike.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
  });

  it('gives a new session, whatever cookie came along', async () => {
    const planted = 'sandglass.session_token=planted.by-somebody';
    const response = await new Person(server).send(
      'POST',
      '/v1/account/sign-in',
      {user: 'bob', password: PASSWORD},
      {cookie: planted},
    );
    expect(response.headers.getSetCookie().join()).not.toContain('planted');
    expect((await server.fetch('/v1/account', {headers: {cookie: planted}})).status).toBe(401);
  });

  it('is slowed down for who guesses, with Retry-After', async () => {
    const statuses: number[] = [];
    let retryAfter: string | null = null;
    // A window may end in between; two of them hold no more than twenty guesses.
    for (let guess = 0; guess < 25; guess++) {
      const body = {user: 'wanted', password: `guess number ${guess}`};
      const response = await new Person(server).send('POST', '/v1/account/sign-in', body);
      statuses.push(response.status);
      retryAfter ??= response.headers.get('retry-after');
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses).toContain(429);
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });
});

describe('a session', () => {
  it('is worth nothing after signing out, also to who kept its cookie', async () => {
    const person = await signIn('bob');
    const {cookie} = person;
    expect((await server.fetch('/v1/account', {headers: {cookie}})).status).toBe(200);
    await person.json('POST', '/v1/account/sign-out');
    expect((await server.fetch('/v1/account', {headers: {cookie}})).status).toBe(401);
  });

  it('is listed and can be ended from another one', async () => {
    const here = await signIn('bob');
    const there = await signIn('bob');
    const sessions = await here.json<{id: string; isCurrent: boolean}[]>('GET', '/v1/account/sessions');
    expect(sessions.filter(({isCurrent}) => isCurrent)).toHaveLength(1);
    expect(JSON.stringify(sessions)).not.toContain(
      decodeURIComponent(there.cookie).split('=')[1]?.split('.')[0] ?? '',
    );
    for (const {id, isCurrent} of sessions)
      if (!isCurrent) await here.json('DELETE', `/v1/account/sessions/${id}`);
    expect((await there.send('GET', '/v1/account')).status).toBe(401);
    expect((await here.send('GET', '/v1/account')).status).toBe(200);
  });

  it('of somebody else cannot be ended', async () => {
    const [session] = await admin.json<{id: string}[]>('GET', '/v1/account/sessions');
    expect((await (await signIn('bob')).send('DELETE', `/v1/account/sessions/${session?.id}`)).status).toBe(
      404,
    );
  });

  it('is refused for changes without the origin of our page, and from a foreign page', async () => {
    const {cookie} = await signIn('bob');
    const body = {name: 'k', scopes: ['run']};
    const headers = {'content-type': 'application/json', cookie};
    const init = {method: 'POST', body: JSON.stringify(body)};
    expect((await server.fetch('/v1/keys', {...init, headers})).status).toBe(403);
    expect(
      (await server.fetch('/v1/keys', {...init, headers: {...headers, origin: 'https://evil.example'}}))
        .status,
    ).toBe(403);
    expect(
      (await server.fetch('/v1/keys', {...init, headers: {...headers, 'sec-fetch-site': 'cross-site'}}))
        .status,
    ).toBe(403);
    expect(
      (await server.fetch('/v1/keys', {...init, headers: {...headers, 'sec-fetch-site': 'same-origin'}}))
        .status,
    ).toBe(201);
  });

  it.each([
    'sandglass.session_token=forged.c2lnbmF0dXJl',
    'sandglass.session_token=',
    'sandglass.session_token=%00%ff',
  ])('is not made by the cookie %s', async (cookie) => {
    expect((await server.fetch('/v1/account', {headers: {cookie}})).status).toBe(401);
  });
});

describe('a password', () => {
  it('is changed by who knows it, which ends every other session', async () => {
    const here = await Person.signUp(server, 'carol');
    const there = await signIn('carol');
    const wrong = {currentPassword: 'not the password', newPassword: 'another password'};
    expect((await here.send('POST', '/v1/account/password', wrong)).status).toBe(401);
    await here.json('POST', '/v1/account/password', {
      currentPassword: PASSWORD,
      newPassword: 'another password',
    });
    expect((await there.send('GET', '/v1/account')).status).toBe(401);
    expect((await here.send('GET', '/v1/account')).status).toBe(200);
    expect(
      (await new Person(server).send('POST', '/v1/account/sign-in', {user: 'carol', password: PASSWORD}))
        .status,
    ).toBe(401);
  });

  it('is set anew with a link of an administrator, once', async () => {
    const before = await Person.signUp(server, 'dave');
    const users = await admin.json<{id: string; username: string}[]>('GET', '/v1/users');
    const id = users.find(({username}) => username === 'dave')?.id;
    const {token} = await admin.json<{token: string}>('POST', `/v1/users/${id}/password-reset`);
    const body = {token, newPassword: 'a brand new one'};
    const nobody = new Person(server);
    expect(
      (await nobody.send('POST', '/v1/account/password-reset', {...body, token: 'made-up'})).status,
    ).toBe(401);
    await nobody.json('POST', '/v1/account/password-reset', body);
    expect((await nobody.send('POST', '/v1/account/password-reset', body)).status).toBe(401);
    expect((await before.send('GET', '/v1/account')).status).toBe(401);
    expect(
      (await nobody.send('POST', '/v1/account/sign-in', {user: 'dave', password: 'a brand new one'})).status,
    ).toBe(200);
  });
});

describe('administrators', () => {
  it('disable a user, whose sessions and keys are then worth nothing', async () => {
    const person = await Person.signUp(server, 'erin');
    const {token} = await person.key(['read']);
    const {user} = await person.json<{user: {id: string}}>('GET', '/v1/account');
    await admin.json('PATCH', `/v1/users/${user.id}`, {isDisabled: true});
    expect((await person.send('GET', '/v1/account')).status).toBe(401);
    expect((await server.fetch('/v1/account', {headers: {authorization: `Bearer ${token}`}})).status).toBe(
      401,
    );
    expect(
      (await person.send('POST', '/v1/account/sign-in', {user: 'erin', password: PASSWORD})).status,
    ).toBe(403);
  });

  it('cannot leave the server without one', async () => {
    const {user} = await admin.json<{user: {id: string}}>('GET', '/v1/account');
    for (const change of [{role: 'member'}, {isDisabled: true}])
      expect((await admin.send('PATCH', `/v1/users/${user.id}`, change)).status).toBe(403);
    expect(await admin.json('GET', '/v1/account')).toMatchObject({user: {role: 'admin'}});
  });

  it('read who signed in, changed and was refused', async () => {
    const actions = (await admin.json<{action: string; address: string}[]>('GET', '/v1/audit?limit=200')).map(
      ({action, address}) => `${action} ${address}`,
    );
    for (const action of ['account.sign-up', 'account.sign-in', 'account.sign-in-refused', 'user.change'])
      expect(actions).toContain(`${action} 127.0.0.1`);
  });
});

describe('the mode', () => {
  it('invitation lets one person in with each invitation', async () => {
    await using closed = await TestServer.start({flags: {...OPEN, 'accounts-mode': 'invitation'}});
    const first = await Person.signUp(closed, 'first');
    const wish = {username: 'guest', password: PASSWORD};
    const guest = new Person(closed);
    expect((await guest.send('POST', '/v1/account/sign-up', wish)).status).toBe(403);
    const {token} = await first.json<{token: string}>('POST', '/v1/invitations', {role: 'member'});
    expect((await guest.send('POST', '/v1/account/sign-up', {...wish, invitation: 'made-up'})).status).toBe(
      403,
    );
    await guest.json('POST', '/v1/account/sign-up', {...wish, invitation: token});
    const again = {username: 'again', password: PASSWORD, invitation: token};
    expect((await new Person(closed).send('POST', '/v1/account/sign-up', again)).status).toBe(403);
  });

  it('closed takes its first user, who sets it up, and nobody else', async () => {
    await using closed = await TestServer.start({flags: {...OPEN, 'accounts-mode': 'closed'}});
    const first = await Person.signUp(closed, 'first');
    const response = await new Person(closed).send('POST', '/v1/account/sign-up', {
      username: 'second',
      password: PASSWORD,
    });
    expect(response.status).toBe(403);
    await first.json('POST', '/v1/users', {username: 'second', password: PASSWORD});
    expect(
      (await new Person(closed).send('POST', '/v1/account/sign-in', {user: 'second', password: PASSWORD}))
        .status,
    ).toBe(200);
  });

  it('survives a restart: accounts, sessions and the secret that signs them, readable by their owner only', async () => {
    await using folder = await temporaryFolder();
    const options = {flags: OPEN, dataDir: folder.path};
    const cookie = await (async () => {
      await using first = await TestServer.start(options);
      return (await Person.signUp(first, 'ada')).cookie;
    })();
    for (const name of ['accounts.sqlite', 'accounts.secret'])
      expect((await stat(join(folder.path, name))).mode & 0o077).toBe(0);
    await using second = await TestServer.start(options);
    expect((await second.fetch('/v1/account', {headers: {cookie}})).status).toBe(200);
  });
});

async function signIn(user: string): Promise<Person> {
  const person = new Person(server);
  await person.json('POST', '/v1/account/sign-in', {user, password: PASSWORD});
  return person;
}

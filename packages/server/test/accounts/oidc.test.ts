import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {OIDC_CLIENT, OidcProvider} from '../support/oidc-provider.ts';
import {Person} from '../support/person.ts';
import {TestServer} from '../support/test-server.ts';
import {TravellingBrowser} from '../support/travelling-browser.ts';

const PUBLIC_URL = 'http://code.example';
const CALLBACK = `${PUBLIC_URL}/v1/account/auth/callback/oidc`;
const USERS = {
  grace: {email: 'grace@example.org', emailVerified: true, name: 'Grace <b>H</b>'},
  alan: {email: 'alan@example.org', emailVerified: true},
  linus: {email: 'linus@example.org', emailVerified: true},
  mallory: {email: 'victim@example.org', emailVerified: false},
  trent: {email: 'victim@example.org', emailVerified: true},
};

let provider: OidcProvider;

beforeAll(async () => {
  provider = await OidcProvider.start(CALLBACK, USERS);
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
});

async function startServer(flags: Record<string, string>): Promise<TestServer> {
  const {clientId, clientSecret} = OIDC_CLIENT;
  return await TestServer.start({
    flags: {
      'accounts-mode': 'open',
      'accounts-public-url': PUBLIC_URL,
      'accounts-oidc-discovery-url': provider.discoveryUrl,
      'accounts-oidc-client-id': clientId,
      'accounts-oidc-client-secret': clientSecret,
      ...flags,
    },
  });
}

const browserAt = ({server}: TestServer) =>
  new TravellingBrowser({publicUrl: PUBLIC_URL, serverUrl: server.url});
const isCallback = (address: string) => address.startsWith(CALLBACK);

describe('signing in with an OpenID provider', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({'accounts-oidc-new-users': 'true'});
  });
  afterAll(async () => {
    expect(server.faults).toEqual([]);
    await server[Symbol.asyncDispose]();
  });

  it('makes an account for a newcomer, and is the same user the next time, from another browser', async () => {
    provider.signsIn = 'grace';
    const first = browserAt(server);
    expect(await first.go('/v1/account/oidc?returnTo=/%23/projects')).toMatchObject({
      url: `${PUBLIC_URL}/#/projects`,
      status: 200,
    });
    const user = await first.user();
    expect(user).toMatchObject({
      username: expect.stringMatching(/^grace-/),
      name: 'Grace <b>H</b>',
      role: 'member',
    });
    const second = browserAt(server);
    await second.go('/v1/account/oidc');
    expect(await second.user()).toEqual(user);
  });

  it('asks the provider with PKCE, a state and a nonce, different ones each time', async () => {
    const asked = await Promise.all(
      [1, 2].map(async () => {
        const {url} = await browserAt(server).go('/v1/account/oidc', (address) =>
          address.startsWith(provider.issuer),
        );
        return new URL(url).searchParams;
      }),
    );
    for (const query of asked) {
      expect(query.get('response_type')).toBe('code');
      expect(query.get('code_challenge_method')).toBe('S256');
      expect(query.get('redirect_uri')).toBe(CALLBACK);
      expect(query.get('client_secret')).toBeNull();
    }
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked.every((query) => (query.get(name)?.length ?? 0) >= 32)).toBe(true);
      expect(new Set(asked.map((query) => query.get(name))).size).toBe(2);
    }
  });

  it('works once with a code: who replays the address of the callback is not signed in', async () => {
    provider.signsIn = 'grace';
    const browser = browserAt(server);
    const {url} = await browser.go('/v1/account/oidc', isCallback);
    await browser.go(url);
    expect(await browser.user()).not.toBeNull();
    await browser.send('/v1/account/sign-out', {method: 'POST', headers: {origin: server.server.url}});
    expect(await browser.user()).toBeNull();
    await browser.go(url);
    expect(await browser.user()).toBeNull();
  });

  it('does not let somebody be signed in as somebody else by a link: the answer belongs to the browser that asked', async () => {
    provider.signsIn = 'grace';
    const {url} = await browserAt(server).go('/v1/account/oidc', isCallback);
    const victim = browserAt(server);
    await victim.go(url);
    expect(await victim.user()).toBeNull();
    const withOwnState = browserAt(server);
    await withOwnState.go('/v1/account/oidc', isCallback);
    await withOwnState.go(url);
    expect(await withOwnState.user()).toBeNull();
  });

  it.each([
    ['a made-up state', (url: URL) => url.searchParams.set('state', 'x'.repeat(32))],
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['a made-up code', (url: URL) => url.searchParams.set('code', 'x'.repeat(43))],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'http://evil.example')],
    ['an error of the provider', (url: URL) => url.searchParams.set('error', 'access_denied')],
  ])('is refused after %s, and the browser stays here', async (_, spoil) => {
    provider.signsIn = 'grace';
    const browser = browserAt(server);
    const {url} = await browser.go('/v1/account/oidc', isCallback);
    const spoilt = new URL(url);
    spoil(spoilt);
    const arrival = await browser.go(spoilt.href);
    expect(new URL(arrival.url).origin).toBe(PUBLIC_URL);
    expect(arrival.status).toBe(200);
    expect(await browser.user()).toBeNull();
  });

  it.each(['mallory', 'trent'])(
    'makes %s, whom the provider gives the address of an account that exists, not its owner',
    async (subject) => {
      const known = await server.access?.accounts.users.findByName('victim');
      if (known == null) await Person.signUp(server, 'victim', {email: 'victim@example.org'});
      provider.signsIn = subject;
      const browser = browserAt(server);
      await browser.go('/v1/account/oidc');
      expect(await browser.user()).toBeNull();
    },
  );

  it('leads nowhere else afterwards, whatever the link says', async () => {
    provider.signsIn = 'grace';
    for (const returnTo of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/%09/evil.example',
      'http:evil.example',
    ]) {
      const browser = browserAt(server);
      const {url} = await browser.go(`/v1/account/oidc?returnTo=${encodeURIComponent(returnTo)}`);
      expect([returnTo, new URL(url).origin]).toEqual([returnTo, PUBLIC_URL]);
      const hosts = new Set(browser.visited.map((address) => new URL(address).origin));
      expect(hosts).toEqual(new Set([PUBLIC_URL, provider.issuer]));
    }
  });

  it('is no way past an administrator who has disabled the user', async () => {
    provider.signsIn = 'alan';
    const browser = browserAt(server);
    await browser.go('/v1/account/oidc');
    const user = await browser.user();
    const found = await server.access?.accounts.users.findByName(user?.username ?? '');
    await server.access?.accounts.users.change(found?.id ?? '', {isDisabled: true});
    server.access?.accounts.forget();
    expect(await browser.user()).toBeNull();
    await browser.go('/v1/account/oidc');
    expect(await browser.user()).toBeNull();
  });
});

describe.each(['open', 'invitation', 'closed'])(
  'where the mode is %s and the provider may bring nobody new',
  (mode) => {
    it('a newcomer is refused, and no account is made', async () => {
      await using server = await startServer({'accounts-mode': mode});
      provider.signsIn = 'linus';
      const browser = browserAt(server);
      const {url} = await browser.go('/v1/account/oidc');
      expect(new URL(url).origin).toBe(PUBLIC_URL);
      expect(await browser.user()).toBeNull();
      expect(await server.access?.accounts.users.list({after: null, limit: 10})).toEqual([]);
    });
  },
);

describe('a provider that cannot be reached', () => {
  it('answers 503, and keeps nobody from signing in with a password', async () => {
    await using server = await startServer({
      'accounts-oidc-discovery-url': 'http://127.0.0.1:1/.well-known/openid-configuration',
    });
    const response = await server.fetch('/v1/account/oidc', {redirect: 'manual'});
    expect(response.status).toBe(503);
    await response.body?.cancel();
    const ada = await Person.signUp(server, 'ada');
    expect((await ada.send('GET', '/v1/account')).status).toBe(200);
  });
});

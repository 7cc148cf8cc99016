import type {TestServer} from './test-server.ts';

/** Long enough for the rule, and the same for everybody. */
export const PASSWORD = 'correct horse battery';

/** Somebody with a browser: keeps cookies, and says where requests come from. */
export class Person {
  readonly #server: TestServer;
  readonly #cookies = new Map<string, string>();

  constructor(server: TestServer) {
    this.#server = server;
  }

  static async signUp(
    server: TestServer,
    username: string,
    more: Record<string, unknown> = {},
  ): Promise<Person> {
    const person = new Person(server);
    const response = await person.send('POST', '/v1/account/sign-up', {
      username,
      password: PASSWORD,
      ...more,
    });
    if (response.status !== 201)
      throw new Error(`sign-up answered ${response.status}: ${await response.text()}`);
    return person;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await this.#server.fetch(path, {
      method,
      redirect: 'manual',
      headers: {
        origin: this.#server.server.url,
        ...(this.#cookies.size > 0 ? {cookie: this.cookie} : {}),
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
        ...headers,
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** The JSON of an answer that is a success. Its shape is the test's to know. */
  async json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.send(method, path, body);
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** Makes a key with these scopes and gives its token. */
  async key(
    scopes: readonly string[],
    more: Record<string, unknown> = {},
  ): Promise<{id: string; token: string}> {
    const body = {name: 'a key', scopes, ...more};
    const {key, token} = await this.json<{key: {id: string}; token: string}>('POST', '/v1/keys', body);
    return {id: key.id, token};
  }
}

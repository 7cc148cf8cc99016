import {ConnectionError, toApiError} from './api-error.ts';

export interface ClientOptions {
  /** Address of the server, such as `http://127.0.0.1:4400`; a path prefix is kept. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`. Not needed on a machine's own loopback server. */
  readonly apiKey?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests to one server and turns every failure into a typed error. */
export class Transport {
  readonly #baseUrl: string;
  readonly #apiKey: string | undefined;
  readonly #fetch: typeof fetch;

  constructor({baseUrl, apiKey, fetch = globalThis.fetch}: ClientOptions) {
    const url = URL.parse(baseUrl);
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      throw new TypeError(
        `Cannot use "${baseUrl}" as the server's address: it must be an http or https URL, such as http://127.0.0.1:4400.`,
      );
    }
    this.#baseUrl = url.href.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    // A browser's fetch must be called without a receiver of ours.
    this.#fetch = (...args) => fetch(...args);
  }

  /** The answer's JSON. Throws `ApiError`, `ConnectionError`, or the signal's reason. */
  async json<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
    const response = await this.open(path, options);
    // The server's contract (openapi.json) vouches for the shape; tests hold both together.
    return (await this.#guard(() => response.json(), options.signal)) as Answer;
  }

  /** The answer with its body unread; the caller reads or cancels it. */
  async open(
    path: string,
    {method = 'GET', query = {}, body, headers = {}, signal}: CallOptions,
  ): Promise<Response> {
    const url = new URL(`${this.#baseUrl}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const response = await this.#guard(
      () =>
        this.#fetch(url, {
          method,
          headers: this.#headers(headers, body !== undefined),
          ...(body === undefined ? {} : {body: JSON.stringify(body)}),
          ...(signal === undefined ? {} : {signal}),
        }),
      signal,
    );
    if (!response.ok) throw await toApiError(response);
    return response;
  }

  #headers(extra: NonNullable<CallOptions['headers']>, hasBody: boolean): Headers {
    const headers = new Headers();
    if (hasBody) headers.set('content-type', 'application/json');
    if (this.#apiKey !== undefined) headers.set('authorization', `Bearer ${this.#apiKey}`);
    for (const [name, value] of Object.entries(extra)) if (value !== undefined) headers.set(name, value);
    return headers;
  }

  async #guard<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      const reason =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new ConnectionError(
        `No answer from ${this.#baseUrl}: ${reason}. Check the address and that the server runs (sandglass serve).`,
        {cause: error},
      );
    }
  }
}

/** Where somebody's browser ended up. */
export interface Arrival {
  /** The whole address, as the browser shows it. */
  readonly url: string;
  readonly status: number;
}

/** More redirects than any sign-in takes. */
const MAX_STEPS = 20;

/** A browser that follows redirects from one host to another and keeps the cookies of each. */
export class TravellingBrowser {
  /** Host to name to value. */
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Every address that was asked for, in order. */
  readonly visited: string[] = [];
  readonly #publicUrl: string;
  readonly #serverUrl: string;

  /** `publicUrl` is what the server calls itself; `serverUrl` is where it listens, as behind a proxy. */
  constructor({publicUrl, serverUrl}: {readonly publicUrl: string; readonly serverUrl: string}) {
    this.#publicUrl = publicUrl;
    this.#serverUrl = serverUrl;
  }

  /** Follows redirects until there is none, or until `stopBefore` accepts the next address. */
  async go(address: string, stopBefore: (address: string) => boolean = () => false): Promise<Arrival> {
    let url = new URL(address, this.#publicUrl).href;
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const response = await this.send(url);
      await response.body?.cancel();
      const location = response.headers.get('location');
      if (location === null) return {url, status: response.status};
      url = new URL(location, url).href;
      if (stopBefore(url)) return {url, status: response.status};
    }
    throw new Error(`${address} leads nowhere: ${this.visited.slice(-MAX_STEPS).join(' → ')}`);
  }

  async send(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.#publicUrl);
    this.visited.push(url.href);
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {...(cookie === '' ? {} : {cookie}), ...(init.headers as Record<string, string>)};
    const target = url.href.replace(this.#publicUrl, this.#serverUrl);
    const response = await fetch(target, {...init, headers, redirect: 'manual'});
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const isOver = value === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(line);
      if (isOver) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Who is signed in there; null: nobody. */
  async user(): Promise<{username: string; role: string} | null> {
    const response = await this.send('/v1/account/state');
    return ((await response.json()) as {user: {username: string; role: string} | null}).user;
  }
}

import {SandglassError} from '@sandglass/protocol';

/** The headers that tell a browser on a foreign page from a local program. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/**
 * Refuses requests that a foreign web page sent through the browser of this machine's user. On a loopback address the API is
 * open to the user, so the name in `Host` must be a loopback name (otherwise it is DNS rebinding), and an `Origin` must
 * be the server's own. Throws `forbidden`.
 */
export function guardOrigin(headers: OriginHeaders): void {
  const name = hostName(headers.host);
  if (name === null || !isLoopbackName(name))
    throw new SandglassError(
      'forbidden',
      `Cannot serve the request: its Host header is "${headers.host ?? ''}" but this server answers only to loopback names. Use 127.0.0.1 or localhost.`,
    );
  guardForeignOrigin(headers);
}

/**
 * The part of it that a server with accounts needs, under whatever name it is reached: a rebound name has none of the cookies, and what is
 * open to everybody may be read by everybody. Throws `forbidden`.
 */
export function guardForeignOrigin({host, origin}: OriginHeaders): void {
  if (origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase())
    throw new SandglassError(
      'forbidden',
      `Cannot serve the request: it comes from the web page "${origin}". Pages of other origins may not use this server.`,
    );
}

/** True for the names by which a machine reaches itself (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export function isLoopbackName(name: string): boolean {
  if (name === '::1' || name === '[::1]') return true;
  if (/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)) return true;
  return /^([a-z0-9-]+\.)*localhost\.?$/i.test(name);
}

function hostName(host: string | undefined): string | null {
  // URL canonicalises the spellings of an address ("127.1", "0x7f000001"), so that only one has to be compared.
  return host === undefined ? null : (URL.parse(`http://${host}`)?.hostname ?? null);
}

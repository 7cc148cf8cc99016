import {isIPv4, isIPv6} from 'node:net';
import {SandglassError} from '@sandglass/protocol';
import type {Grants} from './network-permission.ts';

/** A network target that a run may reach. */
export interface Target {
  /** As the request names it. */
  readonly host: string;
  readonly port: number;
  /** What the worker dials. */
  readonly dial: string;
  /** Where the program finds it inside the sandbox. */
  readonly address: string;
}

export const MAX_TARGETS = 64;

export const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** Reads `host:port` targets and gives each name an address of its own in 127.64.0.0/16, which the relay listens on. Throws `invalid-request`. */
export function readTargets(texts: readonly string[], grants: Grants): Target[] {
  if (texts.length > MAX_TARGETS)
    throw refusal(`at most ${MAX_TARGETS} targets can be allowed, but there are ${texts.length}`);
  const addressOf = new Map<string, string>();
  return [...new Set(texts.map((text) => text.toLowerCase()))].map((text) => {
    const colon = text.lastIndexOf(':');
    const host = text.slice(0, colon);
    const port = Number(text.slice(colon + 1));
    if (colon < 1 || !/^\d{1,5}$/.test(text.slice(colon + 1)) || port < 1 || port > 65_535)
      throw refusal(`"${text}" is not "host:port" with a port from 1 to 65535`);
    if (isIPv4(host) && !isHostAddress(host)) throw refusal(`"${host}" is no address of a host`);
    if (isIPv6(host.replace(/^\[(.*)\]$/, '$1')))
      throw refusal(
        `"${text}" is an IPv6 address; the operator can give it a name (network.allow: name=[address]:port)`,
      );
    if (!isIPv4(host) && !HOST_NAME.test(host)) throw refusal(`"${host}" is not a host name`);
    if (!addressOf.has(host)) addressOf.set(host, addressFor(host, addressOf.size));
    return {host, port, dial: grants.get(`${host}:${port}`) ?? host, address: addressOf.get(host) ?? ''};
  });
}

/** True for a target whose program needs a sandbox that has that address: see `hasEveryAddress` of drivers. */
export function needsAddress({host}: Pick<Target, 'host'>): boolean {
  return isIPv4(host) && !host.startsWith('127.');
}

/** RFC 1122, 5771: 0.0.0.0/8 is this host itself, and from 224 on there are groups and what is reserved. */
function isHostAddress(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return first > 0 && first < 224;
}

/** `localhost` is in the sandbox's /etc/hosts, so no query for it ever reaches the relay. */
function addressFor(host: string, index: number): string {
  if (isIPv4(host)) return host;
  return host === 'localhost' ? '127.0.0.1' : `127.64.0.${index + 1}`;
}

function refusal(reason: string): SandglassError {
  return new SandglassError('invalid-request', `Cannot use the network targets: ${reason}.`, {
    fields: [{path: '/network/allow', message: reason}],
  });
}

import {isIP} from 'node:net';
import {SandglassError} from '@sandglass/protocol';

/** What runs may be allowed beyond the default of no network at all. */
export interface NetworkPermission {
  /** Runs may ask for `network: "internet"`. */
  readonly allowInternet: boolean;
  /** Ports that such runs may connect to, 1 to 16 of them; default {@link DEFAULT_INTERNET_PORTS}. */
  readonly internetPorts?: readonly number[];
  /** Name servers for such runs, `address` or `address:port`; default: those of the machine. */
  readonly resolvers?: readonly string[];
  /**
   * Targets that runs may ask for: `host:port`, or `name=address:port` for an address, which programs then reach by that name. A host may have
   * a private address: the operator named it.
   */
  readonly allow: readonly string[];
}

/** The web: curl, pip, npm, git and the like over HTTPS. No port of mail, remote logins or databases. */
export const DEFAULT_INTERNET_PORTS: readonly number[] = [80, 443, 8080, 8443];

const MAX_PORTS = 16;

/** `host:port` as requests name it, in lower case, to what the worker dials. */
export type Grants = ReadonlyMap<string, string>;

/** Throws `configuration-invalid` for a permission that could never be used. */
export function readGrants({allow, internetPorts = DEFAULT_INTERNET_PORTS}: NetworkPermission): Grants {
  const isUsable =
    internetPorts.length > 0 &&
    internetPorts.length <= MAX_PORTS &&
    internetPorts.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (!isUsable)
    throw invalid(
      `network.internetPorts is [${internetPorts.join(', ')}]; give 1 to ${MAX_PORTS} ports from 1 to 65535`,
    );
  return new Map(
    allow.map((text) => {
      const [, name = '', dialled = '', port = ''] =
        /^(?:([^=]+)=)?(.+):(\d{1,5})$/.exec(text.toLowerCase()) ?? [];
      const address = dialled.replace(/^\[(.*)\]$/, '$1');
      if (port === '' || (name !== '' && isIP(address) === 0))
        throw invalid(`network.allow has "${text}"; use host:port, or name=address:port`);
      return [`${name === '' ? dialled : name}:${port}`, address];
    }),
  );
}

function invalid(why: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot use the settings of the network: ${why}.`);
}

import {isIP} from 'node:net';
import {SandglassError} from '@sandglass/protocol';

/** Names of address ranges that `@fastify/proxy-addr` knows. */
const RANGES: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

/** Whose `X-Forwarded-For` is believed, for Fastify; false for nobody's. Throws `configuration-invalid` for what is neither address nor network. */
export function trustedProxies(setting: readonly string[]): false | string[] {
  const wrong = setting.find((entry) => !RANGES.includes(entry) && !isNetwork(entry));
  if (wrong !== undefined)
    throw new SandglassError(
      'configuration-invalid',
      `Cannot trust the proxy "${wrong}" of accounts.trustedProxies: it is no address. Use addresses, networks such as 10.0.0.0/8, or ${RANGES.join(', ')}.`,
    );
  return setting.length === 0 ? false : [...setting];
}

function isNetwork(entry: string): boolean {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

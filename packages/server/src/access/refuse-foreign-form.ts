import type {IncomingHttpHeaders} from 'node:http';
import {SandglassError} from '@sandglass/protocol';

/**
 * Nobody is signed in yet at these addresses, so there is no cookie to abuse; but a foreign page must not sign its visitor in as somebody
 * else either. A foreign `Origin` was refused before; this catches browsers that say only `Sec-Fetch-Site`. Throws `forbidden`.
 */
export function refuseForeignForm(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new SandglassError('forbidden', 'Cannot serve the request: it comes from a page of another origin.');
}

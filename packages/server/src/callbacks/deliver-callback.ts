import {lookup} from 'node:dns/promises';
import {request as requestHttp} from 'node:http';
import {request as requestHttps} from 'node:https';
import {isIP, type LookupFunction} from 'node:net';
import {isPublicAddress} from '@sandglass/engine/public-address';
import {checkCallback, refusedAddress} from './check-callback.ts';
import {signCallback} from './sign-callback.ts';

export interface Delivery {
  readonly url: string;
  readonly secret: string | null;
  readonly runId: string;
  /** The finished run as JSON. */
  readonly body: string;
  /** From 1. */
  readonly tryNumber: number;
}

export interface DeliveryOptions {
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Posts a finished run once. Resolves with the status of the answer, whatever it is; redirects are not followed and the body of
 * the answer is not read. Rejects when there was no answer in time, and with `callback-refused` for an address that is not
 * public: the address that was checked is the one connected to, so a name cannot change its meaning in between.
 */
export async function deliverCallback(delivery: Delivery, options: DeliveryOptions): Promise<number> {
  checkCallback(delivery.url, options);
  const url = new URL(delivery.url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const {promise, resolve, reject} = Promise.withResolvers<number>();
  const outgoing = request(url, {
    method: 'POST',
    headers: headersOf(delivery),
    // A connection of its own: a kept one would lead to an address that nobody checked this time.
    agent: false,
    lookup: options.allowPrivate ? lookupAny : lookupPublic,
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
  });
  outgoing.on('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  outgoing.on('error', reject);
  outgoing.end(delivery.body);
  return await promise;
}

function headersOf({body, runId, secret, tryNumber}: Delivery): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'User-Agent': 'Sandglass',
    'Sandglass-Run-Id': runId,
    'Sandglass-Delivery-Try': String(tryNumber),
    ...(secret === null ? {} : {'Sandglass-Signature': signCallback(secret, body, Date.now())}),
  };
}

const lookupAny = lookupWith(() => true);
const lookupPublic = lookupWith(isPublicAddress);

/** Answers with the addresses of a name that pass, in the resolver's order; fails when there is none. */
function lookupWith(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, {all: true}).then(
      (addresses) => {
        const allowed = addresses.filter(({address}) => isAllowed(address));
        const [first] = allowed;
        if (first === undefined) callback(refusedAddress(hostname), '', 0);
        else if (options.all) callback(null, allowed);
        else callback(null, first.address, isIP(first.address));
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

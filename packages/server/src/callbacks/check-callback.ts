import {isIP} from 'node:net';
import {isPublicAddress} from '@sandglass/engine/public-address';
import {SandglassError} from '@sandglass/protocol';
import {isLoopbackName} from '../http/guard-origin.ts';

/**
 * Refuses a callback whose address is plainly not public, before the run is accepted. A name is looked up only at delivery,
 * where the same rule holds for what it then stands for. Throws `callback-refused`.
 */
export function checkCallback(url: string, {allowPrivate}: {readonly allowPrivate: boolean}): void {
  if (allowPrivate) return;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const isRefused = isIP(host) === 0 ? isLoopbackName(host) : !isPublicAddress(host);
  if (isRefused) throw refusedAddress(host);
}

/** The error for an address that callbacks must not reach. */
export function refusedAddress(host: string): SandglassError {
  return new SandglassError(
    'callback-refused',
    `Cannot use the callback address: ${host} is not on the public internet. Use a public address, or have the operator set callback.allowPrivate.`,
    {fields: [{path: '/callback/url', message: 'is not a public address'}]},
  );
}

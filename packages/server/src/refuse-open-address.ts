import {SandglassError} from '@sandglass/protocol';
import {isLoopbackName} from './http/guard-origin.ts';

/**
 * Throws `configuration-invalid` for any address but a loopback one: whoever reaches the server can run programs, so without
 * authentication only this machine's user may.
 */
export function refuseOpenAddress(host: string): void {
  if (isLoopbackName(host)) return;
  throw new SandglassError(
    'configuration-invalid',
    `Cannot listen on ${host}: it is not a loopback address and no authentication is configured, so anybody could run programs here. Set accounts.mode (SANDGLASS_ACCOUNTS_MODE=invitation) so that people and programs must sign in, or use 127.0.0.1.`,
  );
}

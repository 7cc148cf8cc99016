import type {IncomingMessage} from 'node:http';
import type {RequestPolicy} from '@sandglass/protocol';
import {policyFor} from '../../access/access-control.ts';
import type {Config} from '../../config/config-schema.ts';
import type {Caller} from '../../live/live-door.ts';
import {validFromNow} from '../../live/session-permit.ts';
import type {RulesFor} from '../../routes/run-body.ts';
import {demandSecret} from '../secret.ts';

/** For whom an API process opens a socket: JSON in base64url. Believed only beside the secret. */
export const CALLER_HEADER = 'x-sandglass-caller';

export function encodeCaller(caller: Caller): string {
  return Buffer.from(JSON.stringify(caller)).toString('base64url');
}

/** Lets sockets in that come from an API process, which has looked who opens them. */
export function callerFromApi(secret: string): (request: IncomingMessage) => Promise<Caller> {
  return async ({headers}) => {
    demandSecret(headers, secret);
    // Written by encodeCaller only: nobody else has the secret.
    const caller = JSON.parse(Buffer.from(String(headers[CALLER_HEADER]), 'base64url').toString()) as Caller;
    return caller.permit === undefined ? caller : {...caller, permit: validFromNow(caller.permit)};
  };
}

export function rulesOfCaller(policy: RequestPolicy, config: Config): RulesFor {
  const allowPrivateCallbacks = config.callback.allowPrivate;
  return (principal) => ({policy: policyFor(policy, principal), allowPrivateCallbacks});
}

import type {IncomingMessage} from 'node:http';
import {guardForeignOrigin, guardOrigin} from '../http/guard-origin.ts';
import type {Caller} from '../live/live-door.ts';
import {checkAccess} from './access.ts';
import type {AccessControl} from './access-control.ts';

/** Who may open a WebSocket: pages of our own origin and programs; on a server with accounts whoever may run programs. */
export function admitSocket(access: AccessControl | null): (request: IncomingMessage) => Promise<Caller> {
  return async ({headers, socket}) => {
    const address = socket.remoteAddress ?? '';
    if (access === null) {
      guardOrigin(headers);
      return {principal: {kind: 'local'}, address};
    }
    guardForeignOrigin(headers);
    const principal = await access.openSocket(headers);
    checkAccess('run', principal);
    return {principal, address};
  };
}

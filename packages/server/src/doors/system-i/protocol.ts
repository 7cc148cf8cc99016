import type {SocketProtocol} from '../../live/live-door.ts';
import type {LiveSessionParts} from '../../live/live-session.ts';
import {SystemISession} from './session.ts';

/** The protocol of system I, on the path of its manager and on that of its runners. A client waits for a place as for a runner there. */
export function systemIProtocol(parts: LiveSessionParts): SocketProtocol {
  return {
    paths: ['/run', '/ws'],
    whenFull: {waitMs: 3000, retryAfterSeconds: 3},
    open: (connection) => new SystemISession(connection, parts),
  };
}

import type {SocketProtocol} from './live-door.ts';
import {LiveSession, type LiveSessionParts} from './live-session.ts';

/** `/v1/live`, as the contract has it. */
export function liveProtocol(parts: LiveSessionParts): SocketProtocol {
  return {
    paths: ['/v1/live'],
    whenFull: 'tell',
    open: (connection) => new LiveSession(connection, parts),
  };
}

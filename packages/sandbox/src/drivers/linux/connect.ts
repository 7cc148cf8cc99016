import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {raceAbort} from '../../race-abort.ts';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/**
 * Connects as soon as something listens on the socket. The caller owns the connection. `signal` ends the wait with its reason.
 */
export async function connectWhenListening(socketPath: string, signal: AbortSignal): Promise<Socket> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    signal.throwIfAborted();
    const socket = await tryToConnect(socketPath);
    if (socket !== null) return socket;
    await raceAbort(delay(pauseMs), signal);
  }
}

/** Null when nobody listens yet; connecting to a UNIX socket answers at once. */
async function tryToConnect(socketPath: string): Promise<Socket | null> {
  const socket = connect({path: socketPath});
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    // ENOENT or ECONNREFUSED before the launcher listens; whoever waits bounds the wait and knows why the launcher ended.
    socket.destroy();
    return null;
  }
}

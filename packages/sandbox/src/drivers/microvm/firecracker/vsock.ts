import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** `OK <port>\n` with the largest port. */
const MAX_ANSWER_BYTES = 32;
const LINE_FEED = 10;

/**
 * Connects to a port of a guest through the UNIX socket of Firecracker's vsock device: `CONNECT <port>\n`, answered by
 * `OK <host port>\n` once the guest has accepted (docs/vsock.md there). A guest that does not listen yet is asked again until `signal`
 * ends the wait. The caller owns the connection.
 */
export async function connectVsock(
  socketPath: string,
  port: number,
  {signal}: {readonly signal: AbortSignal},
): Promise<Socket> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    signal.throwIfAborted();
    const socket = await tryToConnect(socketPath, port, signal);
    if (socket !== null) return socket;
    await delay(pauseMs, undefined, {signal});
  }
}

/** Null when nobody listens: Firecracker closes the connection then. */
async function tryToConnect(socketPath: string, port: number, signal: AbortSignal): Promise<Socket | null> {
  const socket = connect({path: socketPath});
  const giveUp = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', giveUp, {once: true});
  try {
    await once(socket, 'connect');
    socket.write(`CONNECT ${port}\n`);
    return (await isAccepted(socket)) ? socket : null;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    if (error instanceof SandglassError) throw error;
    return null;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Reads the answer and not a byte more: what follows is the guest's. */
async function isAccepted(socket: Socket): Promise<boolean> {
  const ended = once(socket, 'close').then(() => false);
  let answer = '';
  for (;;) {
    for (let byte = readByte(socket); byte !== null; byte = readByte(socket)) {
      if (byte === LINE_FEED) return checked(answer);
      answer += String.fromCharCode(byte);
      if (answer.length > MAX_ANSWER_BYTES) throw unknownAnswer(answer);
    }
    if (!(await Promise.race([once(socket, 'readable').then(() => true), ended]))) return false;
  }
}

function readByte(socket: Socket): number | null {
  const chunk: unknown = socket.read(1);
  return Buffer.isBuffer(chunk) ? (chunk[0] ?? null) : null;
}

function checked(answer: string): boolean {
  if (!/^OK \d+$/.test(answer)) throw unknownAnswer(answer);
  return true;
}

function unknownAnswer(answer: string): SandglassError {
  return new SandglassError(
    'isolation-failed',
    `Firecracker's vsock device answered ${JSON.stringify(answer)} to CONNECT, not "OK <port>".`,
  );
}

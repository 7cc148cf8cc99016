import {createServer, type Socket} from 'node:net';

/** What hosts do that programs and relays must get by with, by port. */
export const ODD_PORTS = {
  /** Ends before it has heard anything. */
  endsAtOnce: 7001,
  /** Breaks every connection. */
  breaks: 7002,
  /** Says how much it got, once the other side has ended. */
  counts: 7003,
  /** Ends its side at once, and says to whoever asks at `heard` how much still came. */
  endsAndHears: 7004,
  heard: 7005,
  /** Sends without end. */
  endless: 7006,
  /** Takes connections and neither reads nor says anything. */
  silent: 7007,
} as const;

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** Listens on all of {@link ODD_PORTS}. */
export async function serveOddly(): Promise<void> {
  let heard = 0;
  await listen(ODD_PORTS.endsAtOnce, (socket) => socket.end());
  await listen(ODD_PORTS.breaks, (socket) => socket.resetAndDestroy());
  await listen(ODD_PORTS.counts, (socket) => {
    let bytes = 0;
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('end', () => socket.end(`${bytes}\n`));
  });
  await listen(ODD_PORTS.endsAndHears, (socket) => {
    heard = 0;
    socket.on('data', (data) => {
      heard += data.length;
    });
    socket.end();
  });
  await listen(ODD_PORTS.heard, (socket) => socket.end(`${heard}\n`));
  await listen(ODD_PORTS.endless, (socket) => {
    const more = () => {
      while (socket.writable && socket.write(CHUNK));
    };
    socket.on('drain', more);
    more();
  });
  await listen(ODD_PORTS.silent, (socket) => socket.pause());
}

async function listen(port: number, take: (socket: Socket) => void): Promise<void> {
  const server = createServer({allowHalfOpen: true}, (socket) => {
    // Whoever leaves early is what these are there for.
    socket.on('error', () => undefined);
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '::', resolve));
}

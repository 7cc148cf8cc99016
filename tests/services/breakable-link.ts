import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';

/** A way to a server that can be cut as a network is cut: silently. Neither end is told; both have to notice by themselves. */
export class BreakableLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: {readonly host: string; readonly port: number}) {
    this.#server = createServer((near) => {
      this.#keep(near);
      // A connection that is made through a cut network is not made; here it is and never gets an answer.
      if (this.#isCut) return;
      const far = this.#keep(connect(target));
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  }

  static async to(url: string): Promise<BreakableLink> {
    const {hostname: host, port} = new URL(url);
    const link = new BreakableLink({host, port: Number(port)});
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  /** The same address, this way. */
  through(url: string): string {
    const changed = new URL(url);
    changed.port = String((this.#server.address() as AddressInfo).port); // A listening TCP server has one.
    return changed.href;
  }

  /** From now on nothing passes, and nobody hears why. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** New connections pass again; what was open stays dead, as it is when a router between has forgotten it. */
  heal(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // Either end may go at any time.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

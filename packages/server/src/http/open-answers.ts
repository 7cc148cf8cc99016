import type {ServerResponse} from 'node:http';
import type {FastifyInstance} from 'fastify';

/** Answers that are being sent get this long; everybody who waited has been answered before. */
const MAX_CLOSE_MS = 5000;

/** Knows the answers that are under way, so that a closing server can tell them from connections that only linger. */
export class OpenAnswers {
  readonly #app: FastifyInstance;
  #count = 0;
  #isClosing = false;

  constructor(app: FastifyInstance) {
    this.#app = app;
    app.server.on('request', (_request, response: ServerResponse) => {
      this.#count++;
      response.once('close', () => {
        this.#count--;
        this.#closeLingering();
      });
    });
  }

  /**
   * Stops listening, lets answers under way be sent for at most five seconds, and closes every connection. Node by itself closes
   * only connections that have served a request and are idle at that moment; the others would linger for a minute.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    const force = setTimeout(() => this.#app.server.closeAllConnections(), MAX_CLOSE_MS);
    const closed = this.#app.close();
    this.#closeLingering();
    try {
      await closed;
    } finally {
      clearTimeout(force);
    }
  }

  #closeLingering(): void {
    if (this.#isClosing && this.#count === 0) this.#app.server.closeAllConnections();
  }
}

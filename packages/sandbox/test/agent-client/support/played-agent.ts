import {type Duplex, duplexPair} from 'node:stream';
import {
  type AgentMessage,
  type Frame,
  FrameDecoder,
  FrameWriter,
  MAX_PAYLOAD_BYTES,
  maxAgentPayloadBytes,
} from '@sandglass/protocol/agent';
import {encodeAgentMessage} from '@sandglass/protocol/agent/test-support';
import {AgentClient} from '../../../src/agent-client/agent-client.ts';
import {FrameConnection} from '../../../src/frame-connection.ts';

/**
 * An agent played by the test, for what the real one never does: breaking the protocol. Everything that a real agent can show is
 * tested with the real one in the driver contract.
 */
export class PlayedAgent {
  readonly client: AgentClient;
  /** Resolves when the client has given the agent up. */
  readonly lost: Promise<void>;
  readonly received: Frame[] = [];
  readonly #stream: Duplex;
  #onReceived: () => void = () => {};

  constructor() {
    const [workerEnd, agentEnd] = duplexPair();
    this.#stream = agentEnd;
    const {promise, resolve} = Promise.withResolvers<void>();
    this.lost = promise;
    const decoder = new FrameDecoder(() => MAX_PAYLOAD_BYTES);
    agentEnd.on('error', () => {});
    agentEnd.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame !== null; frame = decoder.next()) this.received.push(frame);
      this.#onReceived();
    });
    this.client = new AgentClient(new FrameConnection(workerEnd, maxAgentPayloadBytes), resolve);
  }

  greet(): void {
    this.say(0, {kind: 'hello', version: 1, programUid: 1000, facts: 0x0f, sandboxId: 1});
  }

  say(streamId: number, message: AgentMessage): void {
    const writer = new FrameWriter();
    encodeAgentMessage(writer, streamId, message);
    for (const chunk of writer.finish()) this.#stream.write(chunk);
  }

  sayBytes(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  hangUp(): void {
    this.#stream.destroy();
  }

  /** The first frame of a type, once it came. */
  async frame(type: number): Promise<Frame> {
    for (;;) {
      const frame = this.received.find((candidate) => candidate.type === type);
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
    }
  }
}

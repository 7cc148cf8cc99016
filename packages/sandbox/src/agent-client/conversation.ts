import type {AgentMessage} from '@sandglass/protocol/agent';
import type {AbruptEnd} from '../driver.ts';

/** One exec or request under way: everything the agent says with its stream id. */
export interface Conversation {
  /** True when this was the last message. Throws `agent-protocol-violation` for one that has no place here. */
  handle(message: AgentMessage): boolean;
  /** A limit has ended the sandbox as a whole, which is the end of what ran in it; `fail` follows for everything else. */
  endAbruptly?(end: AbruptEnd): void;
  /** The sandbox is lost; nothing more will come. */
  fail(error: Error): void;
}

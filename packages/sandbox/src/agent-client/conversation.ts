import type {AgentMessage} from '@sandglass/protocol/agent';

/** One exec or request under way: everything the agent says with its stream id. */
export interface Conversation {
  /** True when this was the last message. Throws `agent-protocol-violation` for one that has no place here. */
  handle(message: AgentMessage): boolean;
  /** The sandbox is lost; nothing more will come. */
  fail(error: Error): void;
}

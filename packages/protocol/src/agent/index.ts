export {
  type AgentMessage,
  type AgentStopReason,
  ENTRY_KINDS,
  type EntryKind,
  type ExitedMessage,
  FACTS,
  type ListedEntry,
  STOP_REASONS,
  type StepResult,
} from './agent-message.ts';
export {decodeAgentMessage, maxAgentPayloadBytes} from './decode-agent-message.ts';
export {decodeLauncherMessage, maxLauncherPayloadBytes} from './decode-launcher-message.ts';
export {encodeLauncherRequest} from './encode-launcher-request.ts';
export {encodeWorkerMessage} from './encode-worker-message.ts';
export {
  FRAME_HEADER_BYTES,
  FRAME_TYPES,
  type Frame,
  MAX_DATA_BYTES,
  MAX_PAYLOAD_BYTES,
  PROTOCOL_VERSION,
  STDIN_WINDOW_BYTES,
} from './frame.ts';
export {FrameDecoder} from './frame-decoder.ts';
export {FrameWriter} from './frame-writer.ts';
export {
  decodeGuestMessage,
  encodeRenewRequest,
  type GuestMessage,
  maxGuestPayloadBytes,
} from './guest-message.ts';
export type {LauncherFacts, LauncherLimits, LauncherMessage, LauncherRequest} from './launcher-message.ts';
export {signalName, signalNumber} from './signals.ts';
export {STEPS, type StepName, stepName} from './steps.ts';
export {violation} from './violation.ts';
export {
  type ExecMessage,
  OUTPUT_STREAMS,
  type OutputStreamName,
  type PrimeMessage,
  type ProcessStart,
  SIGNAL_SCOPES,
  type SignalScope,
  type WorkerMessage,
} from './worker-message.ts';

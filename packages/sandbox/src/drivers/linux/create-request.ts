import {connect} from 'node:net';
import {SandglassError} from '@sandglass/protocol';
import {
  decodeLauncherMessage,
  encodeLauncherRequest,
  FRAME_TYPES,
  type Frame,
  FrameWriter,
  type LauncherRequest,
  maxAgentPayloadBytes,
  type StepResult,
  stepName,
  violation,
} from '@sandglass/protocol/agent';
import {describeStep} from '../../agent-client/describe-step.ts';
import {FrameConnection, type FrameListener} from '../../frame-connection.ts';

const REQUEST_BYTES = 256;
const CREATED_BYTES = 4;

/** A connection that has become the stream of a new sandbox. Whoever gets it listens at once: the agent's greeting may be next. */
export type OnCreated = (connection: FrameConnection, sandboxId: number) => void;

/**
 * Asks for one sandbox on a connection of its own. Calls `onCreated` or `onFailed`, exactly one of them, once. The returned
 * function gives up: the launcher sees the end of the connection and so does an agent that has started meanwhile.
 */
export function requestSandbox(
  socketPath: string,
  request: Extract<LauncherRequest, {kind: 'create'}>,
  events: {readonly onCreated: OnCreated; readonly onFailed: (error: Error) => void},
): (reason: Error) => void {
  const connection = new FrameConnection(connect({path: socketPath}), maxFirstPayloadBytes);
  const listener: FrameListener = {
    onFrame: (frame: Frame) => {
      const message = decodeLauncherMessage(frame);
      if (message.kind === 'created') events.onCreated(connection, message.sandboxId);
      else if (message.kind === 'fault') throw refusal(request.image, message);
      else throw violation(`${message.kind} as an answer to CREATE`);
    },
    onClose: (cause) =>
      events.onFailed(
        cause instanceof SandglassError
          ? cause
          : new SandglassError(
              'launcher-lost',
              `Cannot create a sandbox: the connection to the launcher ended${cause === null ? '' : ` (${cause.message})`}.`,
              {cause, retryAfterSeconds: 1},
            ),
      ),
  };
  connection.listen(listener);
  const writer = new FrameWriter(REQUEST_BYTES);
  encodeLauncherRequest(writer, 0, request);
  connection.send(writer);
  return (reason) => connection.close(reason);
}

/** CREATED comes from the launcher, everything after it from the agent; later on AgentClient refuses a second CREATED. */
function maxFirstPayloadBytes(type: number): number | undefined {
  return type === FRAME_TYPES.created ? CREATED_BYTES : maxAgentPayloadBytes(type);
}

function refusal(image: string, result: StepResult): SandglassError {
  const message = `Cannot create a sandbox with image "${image}": ${describeStep(result)}.`;
  return stepName(result.step) === 'too-many-sandboxes'
    ? new SandglassError('server-full', message, {retryAfterSeconds: 1})
    : new SandglassError('isolation-failed', message);
}

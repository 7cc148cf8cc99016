import {SandglassError} from '@sandglass/protocol';
import {raceAbort} from '../../race-abort.ts';
import type {AgentSandbox} from './agent-sandbox.ts';

/**
 * Waits for the agent's first message; a sandbox that does not get this far is destroyed, as nobody else knows of it.
 * Throws `isolation-failed` when the time is over, the signal's reason when it aborts.
 */
export async function awaitGreeting(
  sandbox: AgentSandbox,
  options: {
    readonly withinMs: number;
    readonly signal: AbortSignal | undefined;
    /** What was heard of the agent otherwise. */
    readonly explain: () => string;
  },
): Promise<void> {
  const {withinMs, signal, explain} = options;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(notGreeted(withinMs, explain())), withinMs);
  try {
    await raceAbort(
      sandbox.agent.hello,
      signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal]),
    );
  } catch (error) {
    await sandbox.destroy();
    if (signal?.aborted || silence.signal.aborted) throw error;
    throw new SandglassError(
      'isolation-failed',
      `A new sandbox ended before its agent was ready. ${error instanceof Error ? error.message : String(error)} ${explain()}`.trim(),
      {cause: error, retryAfterSeconds: 1},
    );
  } finally {
    clearTimeout(timer);
  }
}

function notGreeted(withinMs: number, heard: string): SandglassError {
  return new SandglassError(
    'isolation-failed',
    `The agent of a new sandbox did not answer within ${withinMs} ms; the sandbox was destroyed. ${heard}`.trim(),
    {retryAfterSeconds: 1},
  );
}

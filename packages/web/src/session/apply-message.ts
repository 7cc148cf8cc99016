import type {TestResult} from '@sandglass/protocol';
import type {LiveMessage} from './live-message.ts';
import {outputText} from './output-bytes.ts';
import {failureOf, NO_OUTPUT, type Output, type Session} from './session.ts';

/** Per stream; a browser lays out this much text without a pause. The whole output is in the run's record. */
const KEPT_CHARACTERS = 400_000;

/** The session after a message. A session that has ended stays as it is, whatever arrives late. */
export function applyMessage(session: Session, message: LiveMessage): Session {
  if (session.kind !== 'active') return session;
  switch (message.kind) {
    case 'accepted':
      return {...session, runId: message.id, phase: 'queued'};
    case 'state':
      return message.state === 'finished' ? session : {...session, phase: message.state};
    case 'compiled':
      return {...session, compile: message.compile};
    case 'stdout':
    case 'stderr':
      return {...session, output: append(session.output, message.kind, outputText(message))};
    case 'terminal':
      return session;
    case 'test':
      return {...session, tests: withTest(session.tests, message.test)};
    case 'finished':
      return finished(session, message);
    case 'error': {
      const {output, compile, tests} = session;
      return {kind: 'failed', failure: failureOf(message.problem), output, compile, tests};
    }
    default:
      return message satisfies never;
  }
}

function finished(
  {output, compile}: Extract<Session, {kind: 'active'}>,
  {run}: Extract<LiveMessage, {kind: 'finished'}>,
): Session {
  return {
    kind: 'finished',
    run,
    // A run answered from the cache, or reopened, comes without events: its record has the output.
    output: output.stdout === '' && output.stderr === '' ? outputOf(run.run) : output,
    compile: run.compile ?? compile,
    tests: run.tests,
  };
}

/** What a finished step has written. */
export function outputOf(step: {stdout: string; stderr: string} | null): Output {
  if (step === null) return NO_OUTPUT;
  return append(append(NO_OUTPUT, 'stdout', step.stdout), 'stderr', step.stderr);
}

function append(output: Output, stream: 'stdout' | 'stderr', text: string): Output {
  const whole = output[stream] + text;
  const excess = Math.max(0, whole.length - KEPT_CHARACTERS);
  return {
    ...output,
    [stream]: whole.slice(excess),
    dropped: {...output.dropped, [stream]: output.dropped[stream] + excess},
  };
}

/** Tests finish in any order and each name comes once; a repeated event (after a reconnect) replaces. */
function withTest(tests: readonly TestResult[], test: TestResult): readonly TestResult[] {
  return [...tests.filter(({name}) => name !== test.name), test];
}

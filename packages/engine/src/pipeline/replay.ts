import type {EngineEvent, RunResult, Step} from '@sandglass/protocol';

/** The events of a run whose result was known before: the same as when it ran, all output at its end. */
export function* replay({compile, run}: RunResult): Generator<EngineEvent> {
  if (compile !== null) {
    yield {kind: 'state', state: 'compiling'};
    yield {kind: 'compiled', compile};
  }
  if (run === null) return;
  yield {kind: 'state', state: 'running'};
  for (const stream of ['stdout', 'stderr'] as const) {
    const data = bytesOf(run, stream);
    if (data.length > 0) yield {kind: 'output', stream, data, atMs: run.wallTimeMs};
  }
}

function bytesOf(step: Step, stream: 'stdout' | 'stderr'): Buffer {
  const base64 = step[`${stream}Base64`];
  return base64 === undefined ? Buffer.from(step[stream]) : Buffer.from(base64, 'base64');
}

import type {Run, RunEvent, Step} from '@sandglass/protocol';

/**
 * The events of a finished run, made from its result: what a subscriber gets who comes when the live ones are gone, also after
 * a restart. Whoever had seen some of them (`lastSeq` above 0) gets only `finished`: it holds the whole output,
 * so nothing is lost and nothing comes twice.
 */
export function replayEvents(run: Run, lastSeq: number): RunEvent[] {
  if (lastSeq > 0) return [{seq: lastSeq + 1, kind: 'finished', run}];
  const events: RunEvent[] = [{seq: 1, kind: 'state', state: 'queued'}];
  const add = (event: WithoutSeq<RunEvent>) => events.push({...event, seq: events.length + 1});
  if (run.compile !== null) {
    add({kind: 'state', state: 'compiling'});
    add({kind: 'compiled', compile: run.compile});
  }
  if (run.run !== null) {
    add({kind: 'state', state: 'running'});
    for (const kind of ['stdout', 'stderr'] as const) {
      const output = outputOf(run.run, kind);
      if (output !== null) add({kind, ...output, atMs: run.run.wallTimeMs});
    }
  }
  if (run.run === null && run.tests.length > 0) add({kind: 'state', state: 'running'});
  for (const test of run.tests) add({kind: 'test', test});
  add({kind: 'finished', run});
  return events;
}

type WithoutSeq<Event> = Event extends RunEvent ? Omit<Event, 'seq'> : never;

function outputOf(step: Step, kind: 'stdout' | 'stderr'): {data: string} | {dataBase64: string} | null {
  const dataBase64 = step[`${kind}Base64`];
  if (dataBase64 !== undefined) return {dataBase64};
  return step[kind] === '' ? null : {data: step[kind]};
}

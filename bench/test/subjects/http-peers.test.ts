import {describe, expect, it} from 'vitest';
import {GO_JUDGE} from '../../subjects/go-judge.ts';
import {HttpSubject} from '../../subjects/http-subject.ts';
import {judge0} from '../../subjects/judge0.ts';
import {PISTON} from '../../subjects/piston.ts';
import {CannotRun} from '../../subjects/subject.ts';
import {type WorkloadId, workloads} from '../../workloads.ts';
import {startRecordedServer} from '../support/recorded-server.ts';

// These servers speak the protocols as they are documented. They prove what is sent and what is taken for a good run; they measure nothing.

function workload(id: WorkloadId) {
  const found = workloads('/usr/bin/node').find((each) => each.id === id);
  if (found === undefined) throw new RangeError(id);
  return found;
}

const LIST = [
  {id: 71, name: 'Python (3.8.1)'},
  {id: 92, name: 'Python (3.11.2)'},
  {id: 70, name: 'Python (2.7.17)'},
  {id: 54, name: 'C++ (GCC 9.2.0)'},
];

describe('judge0', () => {
  const answers = (stdout: string, status = 3) =>
    startRecordedServer(({path}) =>
      path === '/languages'
        ? {status: 200, body: LIST}
        : {
            status: 201,
            body: {stdout, time: '0.01', memory: 3000, token: 't', status: {id: status, description: ''}},
          },
    );

  it('gets the source with the newest id of its language, and waits for the end', async () => {
    await using server = await answers('hello\n');
    await using subject = new HttpSubject(judge0(server.url), server.url);
    const start = await subject.prepare(workload('python'));
    const {timesMs} = await start(3);
    expect(timesMs).toHaveLength(3);
    expect(server.calls.filter(({method}) => method === 'POST')).toEqual(
      Array.from({length: 3}, () => ({
        method: 'POST',
        path: '/submissions?base64_encoded=false&wait=true',
        body: {language_id: 92, source_code: 'print("hello")\n', stdin: ''},
      })),
    );
  });

  it('is left out of a language that it does not list', async () => {
    await using server = await answers('hello\n');
    await using subject = new HttpSubject(judge0(server.url), server.url);
    await expect(subject.prepare(workload('java'))).rejects.toThrow(CannotRun);
  });

  it.each([
    ['another output', 'hullo\n', 3],
    ['a run that was not accepted', 'hello\n', 11],
  ])('ends the measurement with %s', async (_title, stdout, status) => {
    await using server = await answers(stdout, status);
    await using subject = new HttpSubject(judge0(server.url), server.url);
    const start = await subject.prepare(workload('python'));
    await expect(start(1)).rejects.toThrow(/did not run Python hello well/);
  });
});

describe('piston', () => {
  it('gets the file under its name, for any version, and a source that it has not seen where that is measured', async () => {
    await using server = await startRecordedServer(() => ({
      status: 200,
      body: {
        language: 'c++',
        version: '10.2.0',
        run: {code: 0, signal: null, stdout: '3\n', stderr: '', output: '3\n'},
      },
    }));
    await using subject = new HttpSubject(PISTON, server.url);
    const start = await subject.prepare(workload('cpp'));
    await start(2);
    expect(server.calls[0]).toMatchObject({
      path: '/api/v2/execute',
      body: {language: 'c++', version: '*', files: [{name: 'main.cpp'}], stdin: '1 2\n'},
    });
    expect(new Set(server.calls.map(({body}) => JSON.stringify(body)))).toHaveProperty(
      'size',
      server.calls.length,
    );
  });

  it('is left out of a runtime that is not installed, and ends the measurement with a failed run', async () => {
    let body: unknown = {message: 'java-* runtime is unknown'};
    let status = 400;
    await using server = await startRecordedServer(() => ({status, body}));
    await using subject = new HttpSubject(PISTON, server.url);
    await expect(subject.prepare(workload('java'))).rejects.toThrow(CannotRun);
    status = 200;
    body = {run: {code: 1, stdout: 'hello\n'}};
    await expect(subject.prepare(workload('python'))).rejects.toThrow(/did not run/);
  });
});

describe('go-judge', () => {
  const accepted = (more: object) => ({
    status: 200,
    body: [{status: 'Accepted', exitStatus: 0, time: 1, memory: 1, ...more}],
  });
  const compilesAndRuns = () =>
    startRecordedServer(({body}) => {
      const [command] = body.cmd as readonly {copyOutCached?: readonly string[]; args: readonly string[]}[];
      const made = command?.copyOutCached?.[0];
      if (made !== undefined) return accepted({files: {stdout: '', stderr: ''}, fileIds: {[made]: 'KEPT'}});
      return accepted({files: {stdout: 'hello\n', stderr: ''}});
    });

  it('keeps a program that is compiled once and starts it from there', async () => {
    await using server = await compilesAndRuns();
    await using subject = new HttpSubject(GO_JUDGE, server.url);
    const start = await subject.prepare(workload('c'));
    await start(2);
    expect(server.calls.map(({path}) => path)).toEqual(['/run', '/run', '/run']);
    const [compile, first] = server.calls.map(
      ({body}) => (body.cmd as readonly Record<string, unknown>[])[0],
    );
    expect(compile).toMatchObject({
      args: ['/usr/bin/gcc', '-O2', '-o', 'main', 'main.c'],
      copyIn: {'main.c': {content: expect.stringContaining('puts')}},
      copyOutCached: ['main'],
    });
    expect(first).toMatchObject({
      args: ['main'],
      copyIn: {main: {fileId: 'KEPT'}},
      files: [{content: ''}, {name: 'stdout'}, {name: 'stderr'}],
    });
  });

  it('compiles for each run where compiling is measured', async () => {
    await using server = await compilesAndRuns();
    await using subject = new HttpSubject(GO_JUDGE, server.url);
    const start = await subject.prepare(workload('java'));
    await start(2);
    expect(server.calls).toHaveLength(4);
    const last = (server.calls[3]?.body.cmd as readonly Record<string, unknown>[] | undefined)?.[0];
    expect(last).toMatchObject({
      args: ['/usr/bin/java', '-cp', '.', 'Main'],
      copyIn: {'Main.class': {fileId: 'KEPT'}},
    });
  });

  it('ends the measurement with a program that did not end well', async () => {
    await using server = await startRecordedServer(() => ({
      status: 200,
      body: [{status: 'Nonzero Exit Status', exitStatus: 1}],
    }));
    await using subject = new HttpSubject(GO_JUDGE, server.url);
    const start = await subject.prepare(workload('python'));
    await expect(start(1)).rejects.toThrow(/go-judge did not run Python hello well/);
  });
});

describe('a server under load', () => {
  it('is asked by as many clients at once as were ordered', async () => {
    await using server = await startRecordedServer(() => ({
      status: 200,
      body: {run: {code: 0, stdout: 'hello\n'}},
    }));
    await using subject = new HttpSubject(PISTON, server.url);
    const rate = await subject.throughput(workload('python'), {clients: 4, durationMs: 50});
    expect(rate).toBeGreaterThan(0);
    expect(server.calls.length).toBeGreaterThanOrEqual(4);
  });
});

import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Person} from '../support/person.ts';
import {type Script, sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

interface Submission {
  readonly id: string;
  readonly number: number;
  readonly state: string;
  readonly points: number | null;
  readonly tests: readonly {readonly outcome: string; readonly name?: string}[] | null;
  readonly program?: unknown;
}

/** In no answer to a student, whatever he asks. */
const SECRETS = ['SECRET-INPUT', 'SECRET-OUTPUT', 'SECRET-NAME'];
const TEMPLATE = {language: 'script', files: [{path: 'main.sc', content: 'begin'}]};
const JUDGING = {
  tests: [
    {name: 'SECRET-NAME 1', stdin: 'SECRET-INPUT 1', expected: 'right', weight: 2},
    {name: 'SECRET-NAME 2', stdin: 'SECRET-INPUT 2', expected: 'SECRET-OUTPUT', weight: 1},
  ],
};

let server: TestServer;
let teacher: Person;
let student: Person;
let classmate: Person;
let stranger: Person;
let group: {id: string; joinCode: string};

beforeAll(async () => {
  const flags = {'accounts-mode': 'open', 'accounts-allowance-requests-per-minute': '0'};
  server = await TestServer.start({flags, scripts: {slow: sleep(60_000)}});
  teacher = await Person.signUp(server, 'teacher');
  student = await Person.signUp(server, 'student', {name: '=HYPERLINK("x") <b>\u202E'});
  classmate = await Person.signUp(server, 'classmate');
  stranger = await Person.signUp(server, 'stranger');
  group = await teacher.json('POST', '/v1/groups', {name: 'Class 8b'});
  for (const person of [student, classmate])
    await person.json('POST', '/v1/groups/join', {code: group.joinCode});
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

async function assign(more: Record<string, unknown> = {}): Promise<string> {
  const body = {title: 'An assignment', template: TEMPLATE, judging: JUDGING, ...more};
  return (await teacher.json<{id: string}>('POST', `/v1/groups/${group.id}/assignments`, body)).id;
}

async function write(person: Person, assignment: string, content: string, more: object = {}): Promise<void> {
  const {id} = await person.json<{id: string}>('POST', `/v1/assignments/${assignment}/start`, {});
  const {revision} = await person.json<{revision: number}>('GET', `/v1/projects/${id}`);
  const program = {...TEMPLATE, files: [{path: 'main.sc', content}], ...more};
  const headers = {'if-match': `"${revision}"`};
  const response = await person.send('PUT', `/v1/projects/${id}`, {name: 'mine', program}, headers);
  expect(response.status).toBe(200);
}

const submit = async (person: Person, assignment: string, wait = 'true') =>
  await person.json<Submission>('POST', `/v1/assignments/${assignment}/submissions?wait=${wait}`);

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as {code: string}).code];
}

describe('an assignment', () => {
  it('is begun from its template, once, handed in as saved, and the best counts', async () => {
    const id = await assign({feedback: 'tests'});
    const {id: project} = await student.json<{id: string}>('POST', `/v1/assignments/${id}/start`, {});
    expect(await student.json<{id: string}>('POST', `/v1/assignments/${id}/start`, {})).toMatchObject({
      id: project,
      program: TEMPLATE,
    });
    expect(await submit(student, id)).toMatchObject({number: 1, state: 'graded', points: 0});
    await write(student, id, 'right and SECRET-OUTPUT');
    expect(await submit(student, id)).toMatchObject({
      number: 2,
      points: 3,
      possible: 3,
      tests: [
        {number: 1, outcome: 'ok', points: 2},
        {number: 2, outcome: 'ok', points: 1},
      ],
    });
    await write(student, id, 'right');
    expect(await submit(student, id)).toMatchObject({number: 3, points: 2});
    const {assignments} = await student.json<{assignments: {id: string}[]}>('GET', `/v1/groups/${group.id}`);
    expect(assignments.find((entry) => entry.id === id)).toMatchObject({points: 3, attempts: 3});
  });

  it('is judged in its own language and limits, whatever the project of the student says', async () => {
    const id = await assign();
    const before = server.engine.specs.length;
    await write(student, id, 'right', {
      limits: {wallTimeMs: 60_000, memoryBytes: 1e9},
      stdin: 'mine',
      tests: [{expected: 'right', weight: 1000}],
    });
    expect(await submit(student, id)).toMatchObject({points: 2, possible: 3});
    const [spec] = server.engine.specs.slice(before);
    expect(spec?.limits.wallTimeMs).not.toBe(60_000);
    expect(spec?.network).toBe('none');
    expect(spec?.judging?.tests.map(({name}) => name)).toEqual(['SECRET-NAME 1', 'SECRET-NAME 2']);
    await write(student, id, 'right', {language: 'sc'});
    expect(await submit(student, id)).toMatchObject({points: 2});
  });

  it('that its judge could not run at all is refused while it is made', async () => {
    const path = `/v1/groups/${group.id}/assignments`;
    const body = {title: 't', template: TEMPLATE, judging: JUDGING};
    const refused = async (more: object) =>
      await refusal(await teacher.send('POST', path, {...body, ...more}));
    expect(await refused({template: {language: 'cobol'}})).toEqual([422, 'unknown-language']);
    expect(await refused({judging: {tests: []}})).toEqual([400, 'invalid-request']);
    expect(await refused({judging: {tests: [{limits: {wallTimeMs: 1e12}}]}})).toEqual([
      422,
      'limit-too-high',
    ]);
    expect(await refused({judging: {tests: [{name: 'a'}, {name: 'a'}]}})).toEqual([400, 'invalid-request']);
    expect(await refused({title: 'x'.repeat(10_000)})).toEqual([400, 'invalid-request']);
    expect(await refused({title: 'a\nb'})).toEqual([400, 'invalid-request']);
    const times = {opensAt: '2030-01-02T00:00:00Z', dueAt: '2030-01-01T00:00:00Z'};
    expect(await refused(times)).toEqual([400, 'invalid-request']);
  });

  it.each([
    ['is not open yet', {opensAt: '2999-01-01T00:00:00Z'}],
    ['was due', {dueAt: '2001-01-01T00:00:00Z'}],
  ])('that %s can be neither begun nor handed in', async (_, times) => {
    const id = await assign({...times, instructions: 'what to do'});
    const {instructions} = await student.json<{instructions: string | null}>('GET', `/v1/assignments/${id}`);
    expect(instructions).toBe('opensAt' in times ? null : 'what to do');
    for (const path of ['start', 'submissions'])
      expect(await refusal(await student.send('POST', `/v1/assignments/${id}/${path}`))).toEqual([
        409,
        'assignment-closed',
      ]);
  });

  it('that closes meanwhile takes nothing more, and keeps what was handed in', async () => {
    const id = await assign();
    await write(student, id, 'right');
    await submit(student, id);
    const body = {title: 'now closed', template: TEMPLATE, judging: JUDGING, dueAt: '2001-01-01T00:00:00Z'};
    const saved = await teacher.send('PUT', `/v1/assignments/${id}`, body, {'if-match': '"1"'});
    expect(saved.status).toBe(200);
    const late = await student.send('POST', `/v1/assignments/${id}/submissions`);
    expect(await refusal(late)).toEqual([409, 'assignment-closed']);
    const mine = await student.json<Submission[]>('GET', `/v1/assignments/${id}/submissions`);
    expect(mine).toMatchObject([{number: 1, points: 2}]);
  });

  it('gives no more attempts than it has', async () => {
    const id = await assign({maxAttempts: 2});
    await write(student, id, 'right');
    await Promise.all([submit(student, id), submit(student, id)]);
    expect(await refusal(await student.send('POST', `/v1/assignments/${id}/submissions`))).toEqual([
      409,
      'assignment-closed',
    ]);
  });

  it('counts no attempt that an administrator cancelled', async () => {
    const id = await assign({maxAttempts: 1});
    await write(student, id, 'slow');
    const {id: submission} = await submit(student, id, 'false');
    const find = async () =>
      (await teacher.json<{id: string; owner: string}[]>('GET', '/v1/active-runs')).find(({owner}) =>
        owner.startsWith('submissions:'),
      );
    await expect.poll(find).toBeDefined();
    await teacher.json('DELETE', `/v1/active-runs/${(await find())?.id}`);
    const state = async () => (await student.json<Submission>('GET', `/v1/submissions/${submission}`)).state;
    await expect.poll(state).toBe('failed');
    await write(student, id, 'right');
    expect(await submit(student, id)).toMatchObject({state: 'graded', points: 2});
  });
});

describe('hidden tests', () => {
  it.each(['none', 'score', 'tests'] as const)(
    'come out by no route when students are told %s',
    async (feedback) => {
      const id = await assign({feedback});
      await write(student, id, 'SECRET of mine: right');
      const {id: project} = await student.json<{id: string}>('POST', `/v1/assignments/${id}/start`, {});
      const submission = await submit(student, id);
      const fork = await student.json<{id: string}>('POST', `/v1/projects/${project}/fork`);
      const run = await student.json<Run>('POST', `/v1/projects/${project}/runs?wait=true`, {});
      const answers = await Promise.all(
        [
          `/v1/assignments/${id}`,
          `/v1/assignments/${id}/submissions`,
          `/v1/submissions/${submission.id}`,
          `/v1/groups/${group.id}`,
          '/v1/groups',
          '/v1/runs?limit=100',
          `/v1/runs/${run.id}/events`,
          `/v1/projects/${project}`,
          `/v1/projects/${project}/export`,
          `/v1/projects/${project}/runs`,
          `/v1/projects/${fork.id}`,
          '/v1/account/usage',
        ].map(async (path) => {
          const response = await student.send('GET', path);
          expect([path, response.status]).toEqual([path, 200]);
          return await response.text();
        }),
      );
      answers.push(JSON.stringify(submission));
      for (const secret of SECRETS) expect(answers.join('\n')).not.toContain(secret);
      expect(submission.points).toBe(feedback === 'none' ? null : 2);
      expect(submission.tests?.length).toBe(feedback === 'tests' ? 2 : undefined);
      const teachers = await teacher.json<Submission>('GET', `/v1/submissions/${submission.id}`);
      expect(teachers.tests?.map(({name}) => name)).toEqual(['SECRET-NAME 1', 'SECRET-NAME 2']);
      expect(teachers.program).toMatchObject({language: 'script'});
      expect(submission.program).toBeUndefined();
    },
  );

  it('cannot be reached through the run that judges them, by its id, while it lasts or afterwards', async () => {
    const id = await assign();
    await write(student, id, 'slow');
    await submit(student, id, 'false');
    const active = async () =>
      (await teacher.json<{id: string; owner: string}[]>('GET', '/v1/active-runs')).find(({owner}) =>
        owner.startsWith('submissions:'),
      )?.id;
    await expect.poll(active).toBeDefined();
    const runId = (await active()) ?? '';
    const {id: project} = await student.json<{id: string}>('POST', `/v1/assignments/${id}/start`, {});
    const ask = async () => {
      for (const person of [student, classmate, teacher]) {
        for (const [method, path] of [
          ['GET', `/v1/runs/${runId}`],
          ['GET', `/v1/runs/${runId}?wait=true`],
          ['GET', `/v1/runs/${runId}/events`],
          ['DELETE', `/v1/runs/${runId}`],
        ] as const)
          expect((await person.send(method, path)).status).toBe(404);
      }
      const remembered = await student.send('POST', `/v1/projects/${project}/runs`, {runId});
      expect(remembered.status).toBe(404);
    };
    await ask();
    await teacher.json('DELETE', `/v1/active-runs/${runId}`);
    await ask();
  });
});

describe('what others hand in', () => {
  it('does not exist for a classmate, and for strangers nothing of the class does', async () => {
    const id = await assign();
    await write(student, id, 'right');
    const submission = await submit(student, id);
    const studentId = (await student.json<{user: {id: string}}>('GET', '/v1/account')).user.id;
    expect((await classmate.send('GET', `/v1/submissions/${submission.id}`)).status).toBe(404);
    expect((await classmate.send('GET', `/v1/assignments/${id}/submissions?user=${studentId}`)).status).toBe(
      403,
    );
    expect(await classmate.json('GET', `/v1/assignments/${id}/submissions`)).toEqual([]);
    expect(await classmate.json('GET', `/v1/groups/${group.id}`)).toMatchObject({
      members: null,
      joinCode: null,
    });
    for (const path of [
      `/v1/submissions/${submission.id}`,
      `/v1/assignments/${id}`,
      `/v1/assignments/${id}/submissions`,
      `/v1/groups/${group.id}`,
      `/v1/groups/${group.id}/grades`,
      `/v1/groups/${group.id}/grades.csv`,
    ])
      expect([path, (await stranger.send('GET', path)).status]).toEqual([path, 404]);
  });

  it('is out of reach for who has left the group', async () => {
    const id = await assign();
    const leaver = await Person.signUp(server, 'leaver');
    await leaver.json('POST', '/v1/groups/join', {code: group.joinCode});
    await write(leaver, id, 'right');
    const submission = await submit(leaver, id);
    const {id: userId} = (await leaver.json<{user: {id: string}}>('GET', '/v1/account')).user;
    await leaver.json('DELETE', `/v1/groups/${group.id}/members/${userId}`);
    for (const path of [`/v1/assignments/${id}`, `/v1/submissions/${submission.id}`])
      expect((await leaver.send('GET', path)).status).toBe(404);
    expect((await leaver.send('POST', `/v1/assignments/${id}/submissions`)).status).toBe(404);
  });
});

describe('the table of grades', () => {
  it('has every student and the best of each, also as CSV without formulas', async () => {
    const own = await teacher.json<{id: string; joinCode: string}>('POST', '/v1/groups', {
      name: '8c "x"\u202E',
    });
    for (const person of [student, classmate])
      await person.json('POST', '/v1/groups/join', {code: own.joinCode});
    const body = {title: '=cmd|calc, "A"', template: TEMPLATE, judging: JUDGING};
    const {id} = await teacher.json<{id: string}>('POST', `/v1/groups/${own.id}/assignments`, body);
    await write(student, id, 'right');
    await submit(student, id);
    await write(student, id, 'wrong');
    await submit(student, id);
    const table = await teacher.json('GET', `/v1/groups/${own.id}/grades`);
    expect(table).toMatchObject({
      assignments: [{id, possible: 3}],
      rows: [
        {student: {username: 'classmate'}, cells: [{points: null, attempts: 0, submittedAt: null}]},
        {student: {username: 'student'}, cells: [{points: 2, possible: 3, attempts: 2}]},
      ],
    });
    const response = await teacher.send('GET', `/v1/groups/${own.id}/grades.csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="grades-8c-x-.csv"');
    const [head = '', first = '', second = ''] = (await response.text()).split('\r\n');
    const column = (name: string) => `"'=cmd|calc, ""A"": ${name}"`;
    const columns = ['points', 'possible', 'attempts', 'submitted'].map(column);
    expect(head).toBe(`User name,Name,${columns.join(',')}`);
    expect(first).toBe('classmate,classmate,,3,0,');
    expect(second).toMatch(/^student,"'=HYPERLINK\(""x""\) <b>\u202E",2,3,2,\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

describe('what is done in a class', () => {
  it('is in the audit log, without contents', async () => {
    const id = await assign();
    await write(student, id, 'right');
    await submit(student, id);
    const entries = await teacher.json<{action: string; target: string}[]>('GET', '/v1/audit?limit=200');
    const actions = new Set(entries.map(({action}) => action));
    for (const action of ['group.create', 'group.join', 'assignment.create', 'assignment.start'])
      expect(actions).toContain(action);
    expect(entries.find(({action}) => action === 'assignment.submit')).toMatchObject({target: id});
    for (const secret of SECRETS) expect(JSON.stringify(entries)).not.toContain(secret);
  });
});

describe('a server that is stopped while it judges', () => {
  it('grades the submission after its next start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-class-'));
    await using _ = {[Symbol.asyncDispose]: () => rm(dataDir, {recursive: true})};
    const flags = {'accounts-mode': 'open'};
    const begun = Promise.withResolvers<void>();
    const hang: Script = async ({signal}) => {
      begun.resolve();
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      return {};
    };
    const {id, cookie} = await (async () => {
      await using first = await TestServer.start({flags, dataDir, scripts: {right: hang}});
      const ada = await Person.signUp(first, 'ada');
      const {id: own} = await ada.json<{id: string}>('POST', '/v1/groups', {name: 'g'});
      const body = {title: 't', template: {...TEMPLATE, files: [{path: 'main.sc', content: 'right'}]}};
      const path = `/v1/groups/${own}/assignments`;
      const made = await ada.json<{id: string}>('POST', path, {...body, judging: JUDGING});
      await ada.json('POST', `/v1/assignments/${made.id}/start`, {});
      const submitted = await submit(ada, made.id, 'false');
      await begun.promise;
      return {id: submitted.id, cookie: ada.cookie};
    })();
    await using second = await TestServer.start({flags, dataDir});
    const read = async () => {
      const response = await second.fetch(`/v1/submissions/${id}`, {headers: {cookie}});
      return (await response.json()) as Submission;
    };
    await expect.poll(read).toMatchObject({state: 'graded', points: 2});
  });
});

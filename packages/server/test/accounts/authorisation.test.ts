import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {Person} from '../support/person.ts';
import {TestServer} from '../support/test-server.ts';

/** The API description, as far as it is looked at. */
interface Described {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, {readonly operationId: string; readonly 'x-sandglass-access': string}>>
    >
  >;
}

const ACTORS = ['nobody', 'revoked key', 'other', 'viewer', 'student', 'owner', 'admin'] as const;
type Actor = (typeof ACTORS)[number];

/** What an operation is asked with: the owner's things, and a body that is good. */
interface Sample {
  /** Values of path parameters; absent for operations that name nothing of anybody's. */
  readonly params?: () => Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The thing is shared with the viewer to look at. */
  readonly isShared?: boolean;
  /** The thing is of a class whose teacher is the owner: whether its student may as well, or is told that he may not. */
  readonly ofClass?: 'everybody' | 'teacher';
  /** Success of whoever may; default 200. */
  readonly success?: number;
  /** Asking would end the owner's own session, or is not about who may: only refusals are looked at. */
  readonly refusalsOnly?: boolean;
}

const things = {run: '', batch: '', project: '', key: '', session: '', user: '', link: ''};
const school = {group: '', assignment: '', submission: ''};
const runParams = () => ({id: things.run});
const projectParams = () => ({id: things.project});
const groupParams = () => ({id: school.group});
const assignmentParams = () => ({id: school.assignment});
const PROGRAM = {language: 'script', files: [{path: 'main.sc', content: 'x'}]};
const ASSIGNMENT = {title: 'a', template: PROGRAM, judging: {tests: [{expected: 'x'}]}, feedback: 'tests'};
const NEW_PASSWORD = {currentPassword: 'x', newPassword: 'y'};

/** Every operation that is not open to all. One that is missing here fails the test below. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  submitRun: {body: {language: 'script', code: 'x'}, success: 201},
  listRuns: {},
  getRun: {params: runParams},
  cancelRun: {params: runParams},
  followRun: {params: runParams},
  submitBatch: {body: {runs: [{language: 'script', code: 'x'}]}, success: 201},
  getBatch: {params: () => ({id: things.batch})},
  talkToRun: {success: 400},
  getMetrics: {},
  getAccountState: {},
  getAccount: {},
  signOut: {refusalsOnly: true},
  changePassword: {body: NEW_PASSWORD, refusalsOnly: true},
  listSessions: {},
  endSession: {params: () => ({id: things.session}), refusalsOnly: true},
  getUsage: {},
  listKeys: {},
  createKey: {body: {name: 'k', scopes: ['run']}, success: 201},
  rotateKey: {params: () => ({id: things.key})},
  revokeKey: {params: () => ({id: things.key}), refusalsOnly: true},
  listUsers: {},
  createUser: {body: {username: '!', password: 'x'}, success: 400},
  changeUser: {params: () => ({id: things.user}), body: {}},
  createPasswordReset: {params: () => ({id: things.user})},
  createInvitation: {body: {}, success: 201},
  listAudit: {},
  listActiveRuns: {},
  cancelActiveRun: {params: runParams, success: 404},
  listProjects: {},
  createProject: {body: {program: PROGRAM}, success: 201},
  importProject: {body: {zipBase64: ''}, success: 422},
  getProject: {params: projectParams, isShared: true},
  exportProject: {params: projectParams, isShared: true},
  forkProject: {params: projectParams, isShared: true, success: 201},
  runProject: {params: projectParams, body: {}, isShared: true, success: 201},
  listProjectRuns: {params: projectParams},
  getProjectRun: {params: () => ({id: things.project, runId: things.run}), success: 404},
  saveProject: {
    params: projectParams,
    body: {name: 'n', program: PROGRAM},
    headers: {'if-match': '"999"'},
    success: 412,
  },
  getSharing: {params: projectParams},
  shareProject: {params: projectParams, body: {visibility: 'link', linkAccess: 'view'}},
  deleteProject: {params: projectParams, refusalsOnly: true},
  listGroups: {},
  createGroup: {body: {name: 'g'}, success: 201},
  joinGroup: {body: {code: 'nobody has it'}, success: 404},
  getGroup: {params: groupParams, ofClass: 'everybody'},
  changeGroup: {params: groupParams, body: {}, ofClass: 'teacher'},
  deleteGroup: {params: groupParams, ofClass: 'teacher', refusalsOnly: true},
  addGroupMember: {params: groupParams, body: {username: 'student'}, ofClass: 'teacher'},
  removeGroupMember: {
    params: () => ({id: school.group, userId: things.user}),
    ofClass: 'teacher',
    success: 404,
  },
  getGrades: {params: groupParams, ofClass: 'teacher'},
  exportGrades: {params: groupParams, ofClass: 'teacher'},
  createAssignment: {params: groupParams, body: ASSIGNMENT, ofClass: 'teacher', success: 201},
  getAssignment: {params: assignmentParams, ofClass: 'everybody'},
  saveAssignment: {
    params: assignmentParams,
    body: ASSIGNMENT,
    headers: {'if-match': '"999"'},
    ofClass: 'teacher',
    success: 412,
  },
  deleteAssignment: {params: assignmentParams, ofClass: 'teacher', refusalsOnly: true},
  startAssignment: {params: assignmentParams, ofClass: 'everybody'},
  submitAssignment: {params: assignmentParams, ofClass: 'everybody', success: 201},
  listSubmissions: {params: assignmentParams, ofClass: 'everybody'},
  getSubmission: {params: () => ({id: school.submission}), ofClass: 'everybody'},
};

let server: TestServer;
let description: Described;
const people = new Map<Actor, Person>();
let revoked = '';

beforeAll(async () => {
  server = await TestServer.start({
    flags: {'accounts-mode': 'open', 'accounts-allowance-requests-per-minute': '0'},
  });
  description = (await (await server.fetch('/openapi.json')).json()) as Described;
  people.set('admin', await Person.signUp(server, 'admin'));
  for (const actor of ['owner', 'other', 'viewer', 'student'] as const)
    people.set(actor, await Person.signUp(server, actor));
  const owner = personOf('owner');
  const program = {language: 'script', code: 'x'};
  things.run = (await owner.json<Run>('POST', '/v1/runs?wait=true', program)).id;
  things.batch = (await owner.json<{id: string}>('POST', '/v1/batches', {runs: [program]})).id;
  things.project = (await owner.json<{id: string}>('POST', '/v1/projects', {program: PROGRAM})).id;
  const shared = {visibility: 'link', linkAccess: 'view'};
  things.link = (
    await owner.json<{linkToken: string}>('PUT', `/v1/projects/${things.project}/sharing`, shared)
  ).linkToken;
  things.key = (await owner.key(['run'])).id;
  things.user = (await owner.json<{user: {id: string}}>('GET', '/v1/account')).user.id;
  things.session = (await owner.json<{id: string}[]>('GET', '/v1/account/sessions'))[0]?.id ?? '';
  await openClass(owner, personOf('student'));
  const key = await owner.key(['run', 'read', 'write']);
  revoked = key.token;
  await owner.json('DELETE', `/v1/keys/${key.id}`);
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe('every operation of the API description', () => {
  it('says who may use it, and has a sample here unless it is open', () => {
    const guarded = operations().filter(({access}) => access !== 'open');
    expect(guarded.map(({operationId}) => operationId).sort()).toEqual(Object.keys(SAMPLES).sort());
    expect(operations().filter(({access}) => access === undefined)).toEqual([]);
  });

  it.each(ACTORS)('answers %s as the rules say', async (actor) => {
    const wrong: string[] = [];
    for (const {operationId, access, method, path} of operations()) {
      const sample = SAMPLES[operationId];
      if (access === 'open' || sample === undefined) continue;
      const expected = expectation(actor, access, sample);
      if (expected === null) continue;
      const found = await ask(actor, method, path, sample);
      if (found !== expected) wrong.push(`${operationId} (${access}): ${found} instead of ${expected}`);
    }
    expect(wrong).toEqual([]);
  });

  it('that is open answers without credentials and with bad ones alike', async () => {
    for (const {method, path, access} of operations()) {
      if (access !== 'open' || method !== 'GET') continue;
      const headers = {authorization: `Bearer ${revoked}`};
      const [without, withBad] = [await server.fetch(path), await server.fetch(path, {headers})];
      for (const response of [without, withBad]) await response.body?.cancel();
      expect([path, withBad.status]).toEqual([path, without.status]);
    }
  });
});

function operations() {
  return Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operationId: operation.operationId,
      access: operation['x-sandglass-access'],
    })),
  );
}

/** A class of the owner's with one student, who has handed something in. */
async function openClass(owner: Person, student: Person): Promise<void> {
  school.group = (await owner.json<{id: string}>('POST', '/v1/groups', {name: 'class'})).id;
  await owner.json('POST', `/v1/groups/${school.group}/members`, {username: 'student'});
  const made = await owner.json<{id: string}>('POST', `/v1/groups/${school.group}/assignments`, ASSIGNMENT);
  school.assignment = made.id;
  for (const person of [owner, student]) await person.json('POST', `/v1/assignments/${made.id}/start`, {});
  const path = `/v1/assignments/${made.id}/submissions?wait=true`;
  school.submission = (await student.json<{id: string}>('POST', path)).id;
}

/** The status that the rules ask for; null where asking would spoil what later questions are about. */
function expectation(actor: Actor, access: string, sample: Sample): number | null {
  const {params, isShared = false, success = 200, refusalsOnly = false} = sample;
  const allowed = refusalsOnly ? null : success;
  if (actor === 'revoked key') return 401;
  if (actor === 'nobody') {
    if (access !== 'public') return 401;
    // Nobody has the link.
    return params === undefined ? allowed : 404;
  }
  if (access === 'admin') return actor === 'admin' ? allowed : 403;
  if (params === undefined || actor === 'owner') return allowed;
  if (sample.ofClass !== undefined && actor === 'student')
    return sample.ofClass === 'everybody' ? allowed : 403;
  if (actor !== 'viewer' || !('isShared' in sample)) return hasLink(actor, sample) ? 403 : 404;
  return isShared ? allowed : 403;
}

/** A viewer is told that he may not change what he sees; what he does not see does not exist. */
function hasLink(actor: Actor, {params}: Sample): boolean {
  return actor === 'viewer' && params !== undefined && params().id === things.project;
}

async function ask(actor: Actor, method: string, path: string, sample: Sample): Promise<number> {
  const params = sample.params?.() ?? {};
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const headers: Record<string, string> = {...sample.headers};
  if (actor === 'viewer') headers['sandglass-link'] = things.link;
  if (actor === 'revoked key') headers.authorization = `Bearer ${revoked}`;
  const person = actor === 'nobody' || actor === 'revoked key' ? new Person(server) : personOf(actor);
  const response = await person.send(method, address, sample.body, headers);
  await response.body?.cancel();
  return response.status;
}

function personOf(actor: Actor): Person {
  const person = people.get(actor);
  if (person === undefined) throw new Error(`there is nobody for ${actor}`);
  return person;
}

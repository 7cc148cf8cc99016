import type {RunRequest, TestOutcome} from '@sandglass/protocol';
import type {Program, Project} from './accounts-client.ts';
import {type ClientOptions, Transport} from './transport.ts';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly name: string;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly role: 'teacher' | 'student';
  readonly teacher: Person;
  /** For the teacher; null while nobody may join by code. */
  readonly joinCode: string | null;
}

export type AssignmentPhase = 'not-open' | 'open' | 'closed';

export interface AssignmentSummary {
  readonly id: string;
  readonly title: string;
  readonly phase: AssignmentPhase;
  readonly opensAt: string | null;
  readonly dueAt: string | null;
  readonly possible: number;
  /** Best of whoever asks; null before it is graded, and when he is not told. */
  readonly points: number | null;
  readonly attempts: number;
}

export interface OpenGroup extends Group {
  readonly assignments: readonly AssignmentSummary[];
  /** For the teacher. */
  readonly members: readonly (Person & {readonly joinedAt: string})[] | null;
}

/** What students are told: nothing, their points, or also how each test ended. */
export type Feedback = 'none' | 'score' | 'tests';

export type HiddenTest = NonNullable<RunRequest['tests']>[number] & {
  /** Tests of one subtask give their points only together. */
  readonly subtask?: string;
};

export interface HiddenJudging {
  readonly tests: readonly HiddenTest[];
  readonly checker?: RunRequest['checker'];
  readonly interactor?: RunRequest['interactor'];
}

export interface AssignmentRequest {
  readonly title: string;
  readonly instructions?: string;
  readonly template: Program;
  readonly judging: HiddenJudging;
  readonly feedback?: Feedback;
  readonly maxAttempts?: number | null;
  readonly opensAt?: string | null;
  readonly dueAt?: string | null;
}

export interface Assignment {
  readonly id: string;
  readonly groupId: string;
  readonly role: 'teacher' | 'student';
  readonly title: string;
  /** Null for students before it opens. */
  readonly instructions: string | null;
  readonly language: string;
  readonly possible: number;
  readonly feedback: Feedback;
  readonly maxAttempts: number | null;
  readonly opensAt: string | null;
  readonly dueAt: string | null;
  readonly phase: AssignmentPhase;
  readonly revision: number;
  /** In which whoever asks works on it. */
  readonly projectId: string | null;
  /** For the teacher. */
  readonly template?: Program;
  /** For the teacher. */
  readonly judging?: HiddenJudging;
}

export interface TestGrade {
  readonly number: number;
  readonly subtask: string | null;
  readonly outcome: TestOutcome;
  readonly points: number;
  readonly possible: number;
  /** For the teacher. */
  readonly name?: string;
  readonly message?: string | null;
}

export interface Submission {
  readonly id: string;
  readonly assignmentId: string;
  readonly userId: string;
  readonly number: number;
  readonly state: 'judging' | 'graded' | 'failed';
  readonly points: number | null;
  readonly possible: number;
  readonly submittedAt: string;
  readonly compilerOutput: string | null;
  readonly failure: string | null;
  readonly tests: readonly TestGrade[] | null;
  /** For the teacher, while it is kept. */
  readonly program?: Program | null;
}

export interface Grades {
  readonly assignments: readonly {readonly id: string; readonly title: string; readonly possible: number}[];
  readonly rows: readonly {
    readonly student: Person;
    readonly cells: readonly {
      readonly attempts: number;
      readonly points: number | null;
      readonly possible: number;
      readonly submittedAt: string | null;
      readonly submissionId: string | null;
    }[];
  }[];
}

/** A client of groups and assignments. Throws what `SandglassClient` throws. */
export class ClassroomClient {
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
  }

  async groups(): Promise<readonly Group[]> {
    return this.#transport.json('/v1/groups');
  }

  async createGroup(name: string): Promise<Group> {
    return this.#post('/v1/groups', {name});
  }

  async joinGroup(code: string): Promise<Group> {
    return this.#post('/v1/groups/join', {code});
  }

  async group(id: string): Promise<OpenGroup> {
    return this.#transport.json(`/v1/groups/${id}`);
  }

  /** `code`: another one, or none, by which nobody can join. */
  async changeGroup(id: string, body: {name?: string; code?: 'keep' | 'new' | 'off'}): Promise<Group> {
    return this.#transport.json(`/v1/groups/${id}`, {method: 'PATCH', body});
  }

  /** With its assignments and grades. */
  async deleteGroup(id: string): Promise<void> {
    await this.#transport.json(`/v1/groups/${id}`, {method: 'DELETE'});
  }

  async addMember(id: string, username: string): Promise<void> {
    await this.#post(`/v1/groups/${id}/members`, {username});
  }

  /** The teacher removes anybody, a student himself. */
  async removeMember(id: string, userId: string): Promise<void> {
    await this.#transport.json(`/v1/groups/${id}/members/${userId}`, {method: 'DELETE'});
  }

  async grades(id: string): Promise<Grades> {
    return this.#transport.json(`/v1/groups/${id}/grades`);
  }

  /** RFC 4180, for a spreadsheet. */
  async gradesCsv(id: string): Promise<string> {
    return (await this.#transport.open(`/v1/groups/${id}/grades.csv`, {})).text();
  }

  async createAssignment(groupId: string, body: AssignmentRequest): Promise<Assignment> {
    return this.#post(`/v1/groups/${groupId}/assignments`, body);
  }

  async assignment(id: string): Promise<Assignment> {
    return this.#transport.json(`/v1/assignments/${id}`);
  }

  /** Throws `ApiError` with code `changed-meanwhile` when somebody has saved since `revision`. */
  async saveAssignment(id: string, revision: number, body: AssignmentRequest): Promise<Assignment> {
    const headers = {'if-match': `"${revision}"`};
    return this.#transport.json(`/v1/assignments/${id}`, {method: 'PUT', headers, body});
  }

  async deleteAssignment(id: string): Promise<void> {
    await this.#transport.json(`/v1/assignments/${id}`, {method: 'DELETE'});
  }

  /** The project of one's own in which one works on it; made when it is not there. */
  async startAssignment(id: string): Promise<Project> {
    return this.#post(`/v1/assignments/${id}/start`, {});
  }

  /** Hands in the project as it is saved. Waits at most so long for the grade. */
  async submit(id: string, {waitMs = 0}: {waitMs?: number} = {}): Promise<Submission> {
    const query = waitMs === 0 ? {} : {wait: waitMs};
    return this.#transport.json(`/v1/assignments/${id}/submissions`, {method: 'POST', query});
  }

  /** Newest first; one's own, or for the teacher those of any student. */
  async submissions(id: string, {user}: {user?: string} = {}): Promise<readonly Submission[]> {
    return this.#transport.json(`/v1/assignments/${id}/submissions`, {query: {user}});
  }

  async submission(id: string): Promise<Submission> {
    return this.#transport.json(`/v1/submissions/${id}`);
  }

  #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#transport.json(path, {method: 'POST', body});
  }
}

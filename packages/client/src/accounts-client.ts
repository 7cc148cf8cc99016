import type {Limits, Run, RunRequest} from '@sandglass/protocol';
import type {Abortable} from './client.ts';
import {type ClientOptions, Transport} from './transport.ts';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly role: 'member' | 'admin';
}

/** `GET /v1/account/state`. */
export interface AccountState {
  readonly user: User | null;
  /** Programs can be run as things stand. */
  readonly mayRun: boolean;
  readonly signUp: 'open' | 'invitation' | 'closed';
  readonly visitors: boolean;
  /** There is an OpenID provider to sign in with. */
  readonly oidc: boolean;
}

export interface Session {
  readonly id: string;
  readonly isCurrent: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string;
}

/** What a user or key may do; absent is not bounded. */
export interface Allowance {
  readonly requestsPerMinute?: number;
  readonly concurrentRuns?: number;
  readonly runsPerDay?: number;
  readonly cpuSecondsPerDay?: number;
  /** Most that a run may ask for, as in `limits` of a run. */
  readonly maxLimits?: Partial<Limits>;
}

export type Scope = 'run' | 'read' | 'write' | 'admin';

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly allowance: Allowance;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface NewKey {
  readonly key: Key;
  /** Cannot be read again. */
  readonly token: string;
}

export interface UsageDay {
  readonly day: string;
  readonly runs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

export interface Usage {
  readonly user: readonly UsageDay[];
  readonly keys: readonly {readonly id: string; readonly name: string; readonly days: readonly UsageDay[]}[];
}

export interface UserRecord extends User {
  readonly email: string | null;
  readonly isDisabled: boolean;
  readonly createdAt: string;
  readonly allowance: Allowance | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: {readonly id: string | null; readonly name: string};
  readonly action: string;
  readonly target: string;
  readonly address: string;
}

export interface ActiveRun {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly language: string;
  readonly createdAt: string;
}

export type Program = Pick<
  RunRequest,
  | 'language'
  | 'files'
  | 'entry'
  | 'args'
  | 'stdin'
  | 'compilerOptions'
  | 'limits'
  | 'tests'
  | 'checker'
  | 'stopOnFailure'
>;

export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly visibility: 'private' | 'link' | 'public';
  readonly revision: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Project extends ProjectSummary {
  readonly access: 'owner' | 'edit' | 'view';
  readonly forkedFrom: string | null;
  readonly program: Program;
}

export interface Sharing {
  readonly visibility: 'private' | 'link' | 'public';
  readonly linkAccess: 'view' | 'edit';
  readonly linkToken: string | null;
}

export interface ProjectRun {
  readonly runId: string;
  readonly startedBy: string;
  readonly revision: number;
  readonly createdAt: string;
  readonly state: string | null;
  readonly outcome: string | null;
}

/** A project, and the link by which one has it. */
export interface ProjectRef {
  readonly id: string;
  readonly link?: string | null | undefined;
}

/** A client of accounts and projects, for pages and programs. Throws what `SandglassClient` throws. */
export class AccountsClient {
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
  }

  async state({signal}: Abortable = {}): Promise<AccountState> {
    return this.#transport.json('/v1/account/state', {signal});
  }

  async signUp(body: {
    username: string;
    password: string;
    name?: string;
    email?: string;
    invitation?: string;
  }): Promise<User> {
    return this.#post('/v1/account/sign-up', body);
  }

  async signIn(body: {user: string; password: string}): Promise<User> {
    return this.#post('/v1/account/sign-in', body);
  }

  async signOut(): Promise<void> {
    await this.#post('/v1/account/sign-out', {});
  }

  async changePassword(body: {currentPassword: string; newPassword: string}): Promise<void> {
    await this.#post('/v1/account/password', body);
  }

  async resetPassword(body: {token: string; newPassword: string}): Promise<void> {
    await this.#post('/v1/account/password-reset', body);
  }

  async sessions(): Promise<readonly Session[]> {
    return this.#transport.json('/v1/account/sessions');
  }

  async endSession(id: string): Promise<void> {
    await this.#transport.json(`/v1/account/sessions/${id}`, {method: 'DELETE'});
  }

  async usage(days: number): Promise<Usage> {
    return this.#transport.json('/v1/account/usage', {query: {days}});
  }

  async keys(): Promise<readonly Key[]> {
    return this.#transport.json('/v1/keys');
  }

  async createKey(body: {
    name: string;
    scopes: readonly Scope[];
    expiresAt?: string;
    allowance?: Allowance;
  }): Promise<NewKey> {
    return this.#post('/v1/keys', body);
  }

  async rotateKey(id: string): Promise<NewKey> {
    return this.#post(`/v1/keys/${id}/rotate`, {});
  }

  async revokeKey(id: string): Promise<void> {
    await this.#transport.json(`/v1/keys/${id}`, {method: 'DELETE'});
  }

  async users(): Promise<readonly UserRecord[]> {
    return this.#transport.json('/v1/users');
  }

  async changeUser(
    id: string,
    body: {role?: 'member' | 'admin'; isDisabled?: boolean; allowance?: Allowance | null},
  ): Promise<UserRecord> {
    return this.#transport.json(`/v1/users/${id}`, {method: 'PATCH', body});
  }

  async createPasswordReset(id: string): Promise<{token: string}> {
    return this.#post(`/v1/users/${id}/password-reset`, {});
  }

  async invite(role: 'member' | 'admin'): Promise<{token: string}> {
    return this.#post('/v1/invitations', {role});
  }

  async audit(): Promise<readonly AuditEntry[]> {
    return this.#transport.json('/v1/audit');
  }

  async activeRuns(): Promise<readonly ActiveRun[]> {
    return this.#transport.json('/v1/active-runs');
  }

  async cancelActiveRun(id: string): Promise<void> {
    await this.#transport.json(`/v1/active-runs/${id}`, {method: 'DELETE'});
  }

  async projects(query: {search?: string; sort?: string}): Promise<readonly ProjectSummary[]> {
    return this.#transport.json('/v1/projects', {query});
  }

  async createProject(body: {name?: string; template?: string; program?: Program}): Promise<Project> {
    return this.#post('/v1/projects', body);
  }

  async importProject(body: {zipBase64: string; name?: string; language?: string}): Promise<Project> {
    return this.#post('/v1/projects/import', body);
  }

  async project({id, link}: ProjectRef): Promise<Project> {
    return this.#transport.json(`/v1/projects/${id}`, {headers: linkHeader(link)});
  }

  /** Throws `ApiError` with code `changed-meanwhile` when somebody has saved since `revision`. */
  async saveProject(
    {id, link}: ProjectRef,
    {revision, ...body}: {name: string; program: Program; revision: number},
  ): Promise<Project> {
    const headers = {...linkHeader(link), 'if-match': `"${revision}"`};
    return this.#transport.json(`/v1/projects/${id}`, {method: 'PUT', headers, body});
  }

  async deleteProject({id}: ProjectRef): Promise<void> {
    await this.#transport.json(`/v1/projects/${id}`, {method: 'DELETE'});
  }

  async forkProject({id, link}: ProjectRef): Promise<Project> {
    return this.#transport.json(`/v1/projects/${id}/fork`, {
      method: 'POST',
      headers: linkHeader(link),
      body: {},
    });
  }

  async sharing({id}: ProjectRef): Promise<Sharing> {
    return this.#transport.json(`/v1/projects/${id}/sharing`);
  }

  async share({id}: ProjectRef, body: Pick<Sharing, 'visibility' | 'linkAccess'>): Promise<Sharing> {
    return this.#transport.json(`/v1/projects/${id}/sharing`, {method: 'PUT', body});
  }

  /** Runs it as saved, or remembers a run with it that was begun otherwise. */
  async runProject({id, link}: ProjectRef, body: {runId?: string; stdin?: string} = {}): Promise<Run> {
    return this.#transport.json(`/v1/projects/${id}/runs`, {method: 'POST', headers: linkHeader(link), body});
  }

  async projectRuns({id, link}: ProjectRef): Promise<readonly ProjectRun[]> {
    return this.#transport.json(`/v1/projects/${id}/runs`, {headers: linkHeader(link)});
  }

  async projectRun({id, link}: ProjectRef, runId: string): Promise<Run> {
    return this.#transport.json(`/v1/projects/${id}/runs/${runId}`, {headers: linkHeader(link)});
  }

  #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#transport.json(path, {method: 'POST', body});
  }
}

function linkHeader(link: string | null | undefined): Record<string, string | undefined> {
  return {'sandglass-link': link ?? undefined};
}

import type {IncomingHttpHeaders} from 'node:http';
import type {Accounts, Admission, AuditEntry, Principal, RateReport} from '@sandglass/accounts';
import type {Projects} from '@sandglass/projects';
import type {Classroom} from '@sandglass/projects/classroom';
import {LIMIT_NAMES, type RequestPolicy, type Run, SandglassError, type Step} from '@sandglass/protocol';
import type {LiveRun} from '../runs/live-run.ts';
import {Authenticator} from './authenticator.ts';
import {ownerOf} from './owner.ts';

export interface AccessOptions {
  readonly accounts: Accounts;
  readonly projects: Projects;
  readonly classroom: Classroom;
  readonly allowsVisitors: boolean;
  /** Signs what this server vouches for. */
  readonly secret: string;
  /** As the operator set it; null when the server is reached under any name. */
  readonly publicUrl: string | null;
}

/** What the server asks about who may do what, when it has accounts. */
export class AccessControl {
  readonly accounts: Accounts;
  readonly projects: Projects;
  readonly classroom: Classroom;
  readonly authenticator: Authenticator;
  readonly secret: string;

  constructor({accounts, projects, classroom, allowsVisitors, publicUrl, secret}: AccessOptions) {
    this.secret = secret;
    this.accounts = accounts;
    this.projects = projects;
    this.classroom = classroom;
    const isSecure = publicUrl?.startsWith('https://') ?? false;
    this.authenticator = new Authenticator({accounts, allowsVisitors, isSecure});
  }

  /** For a WebSocket: the door has checked the origin, a page of ours or no page at all. Throws `unauthorized`, `forbidden`. */
  async openSocket(headers: IncomingHttpHeaders): Promise<Principal> {
    const {principal} = await this.authenticator.authenticate(headers);
    refuseForgery(principal, headers);
    await this.countRequest(principal);
    return principal;
  }

  /**
   * Accepts runs within the principal's allowance. `accept` may throw; then nothing was used. Places go back and use is written down
   * when the runs end, whoever waits for them. `owner` is under whose name they are kept. Throws `rate-limited`, `quota-exceeded`, and what `accept` throws.
   */
  async accept<Accepted extends {readonly lives: readonly LiveRun[]}>(
    principal: Principal,
    {
      runs,
      address,
      owner = ownerOf(principal),
    }: {readonly runs: number; readonly address: string; readonly owner?: string},
    accept: () => Promise<Accepted>,
  ): Promise<Accepted> {
    await using admission = await this.accounts.gate.admit(principal, {runs, runOwner: owner});
    const accepted = await accept();
    if (accepted.lives.length === 0) return accepted;
    admission?.keep(accepted.lives.map(({id}) => id));
    for (const [index, live] of accepted.lives.entries()) {
      settle(live, index, admission);
      const {id, identity} = live;
      this.record(principal, {
        action: 'run.start',
        target: id,
        address,
        facts: {language: identity.language.id},
      });
    }
    return accepted;
  }

  /** Counts a request and says what is left, to `tell` also when that is nothing. Throws `rate-limited`. */
  async countRequest(
    principal: Principal,
    tell: (report: RateReport) => void = () => undefined,
  ): Promise<void> {
    const report = await this.accounts.gate.request(principal);
    if (report === null) return;
    tell(report);
    if (report.isWithin) return;
    const seconds = Math.max(1, Math.ceil(report.resetMs / 1000));
    throw new SandglassError(
      'rate-limited',
      `Cannot serve the request: ${report.limit} in a minute are allowed. Wait ${seconds} s.`,
      {retryAfterSeconds: seconds},
    );
  }

  record(principal: Principal, entry: Omit<AuditEntry, 'actor'>): void {
    this.accounts.audit.record({...entry, actor: actorOf(principal)});
  }
}

/** The server's bounds of a run, lowered to those of the user and the key. */
export function policyFor(policy: RequestPolicy, principal: Principal): RequestPolicy {
  const allowances =
    principal.kind === 'user'
      ? [principal.user.allowance]
      : principal.kind === 'key'
        ? [principal.user.allowance, principal.allowance]
        : [];
  const bounds = allowances.flatMap((allowance) => allowance?.maxLimits ?? []);
  if (bounds.length === 0) return policy;
  const lowest = LIMIT_NAMES.map((name) => {
    const values = [policy.maxLimits[name], ...bounds.flatMap((bound) => bound[name] ?? [])];
    return [name, Math.min(...values)] as const;
  });
  // Object.fromEntries forgets that every limit is there.
  return {...policy, maxLimits: Object.fromEntries(lowest) as unknown as RequestPolicy['maxLimits']};
}

/**
 * A browser sends cookies along with whatever a foreign page makes it send. So what is asked for with a cookie must show that a page of ours
 * asked: browsers say where a request comes from in `Origin` or `Sec-Fetch-Site`, and pages cannot change those. Throws `forbidden`.
 */
export function refuseForgery(principal: Principal, headers: IncomingHttpHeaders): void {
  if (principal.kind !== 'user' && principal.kind !== 'visitor') return;
  // That an Origin is the server's own was checked before anything else.
  if (headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin') return;
  throw new SandglassError(
    'forbidden',
    'Cannot serve the request: it has a session cookie but no Origin header, so it could come from a foreign page. Programs use a key.',
  );
}

/** Who did it, as the audit log has it. */
export function actorOf(principal: Principal): AuditEntry['actor'] {
  switch (principal.kind) {
    case 'user':
      return {id: principal.user.id, name: principal.user.username};
    case 'key':
      return {id: principal.user.id, name: `${principal.user.username} (key ${principal.keyId})`};
    case 'nobody':
      return {id: null, name: ''};
    case 'local':
    case 'visitor':
      return {id: null, name: ownerOf(principal)};
    default:
      return principal satisfies never;
  }
}

function settle(live: LiveRun, index: number, admission: Admission | null): void {
  if (admission === null) return;
  live.finished.then(
    (run) => admission.ended(index, usedBy(run)),
    // This process gave it up: another one brings it to its end, and settles it then.
    () => undefined,
  );
}

/** What the run really used: a cached compilation was paid for by whoever ran it first. */
export function usedBy({compile, run, tests, cached}: Run): {cpuMs: number; wallMs: number} {
  const steps: (Step | null | undefined)[] = [
    cached.compile ? null : compile,
    ...(tests.length === 0 ? [run] : tests.map((test) => test.run)),
  ];
  let cpuMs = 0;
  let wallMs = 0;
  for (const step of steps) {
    cpuMs += step?.cpuTimeMs ?? 0;
    wallMs += step?.wallTimeMs ?? 0;
  }
  return {cpuMs, wallMs};
}

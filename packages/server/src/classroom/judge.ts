import type {Principal} from '@sandglass/accounts';
import type {Program} from '@sandglass/projects';
import {
  type Assignment,
  type Classroom,
  type SeenAssignment,
  type Submission,
  submissionNotFound,
} from '@sandglass/projects/classroom';
import {type Run, type RunRequest, SandglassError} from '@sandglass/protocol';
import type {AccessControl} from '../access/access-control.ts';
import type {RulesFor} from '../routes/run-body.ts';
import {parseRunBody} from '../routes/run-body.ts';
import type {Runs} from '../runs/runs.ts';

export interface JudgeParts {
  readonly classroom: Classroom;
  readonly access: AccessControl;
  readonly runs: Runs;
  readonly rules: RulesFor;
  /** Whether two names mean the same language. Throws `unknown-language`. */
  readonly languageId: (name: string) => string;
}

/** Who hands something in, and from where. */
export interface Submitter {
  readonly principal: Principal;
  readonly userId: string;
  readonly address: string;
}

/**
 * Has submissions judged. The runs are kept under a name that no principal has, so that no route of runs, of anybody, reaches
 * the hidden tests or what a program printed about them.
 */
export class Judge {
  readonly #parts: JudgeParts;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /**
   * Throws what is wrong with an assignment before any student meets it: an unknown language, a limit that the teacher may not ask for,
   * two tests of one name.
   */
  check(principal: Principal, {template, judging}: Pick<Assignment, 'template' | 'judging'>): void {
    this.#parts.languageId(template.language);
    if (judging.checker?.kind === 'program') this.#parts.languageId(judging.checker.language);
    if (judging.interactor !== undefined) this.#parts.languageId(judging.interactor.language);
    parseRunBody(judgedRequest({template, judging}, template), this.#parts.rules(principal));
  }

  /**
   * Counts an attempt and begins to judge it. Language, limits and options are the assignment's, so that nobody raises his own. Throws
   * `assignment-closed`, `invalid-request`, and what accepting a run throws; then no attempt is counted.
   */
  async submit(
    {principal, userId, address}: Submitter,
    {assignment, role}: SeenAssignment,
    program: Program,
  ): Promise<Submission> {
    const {classroom, access, runs, rules} = this.#parts;
    this.#refuseOtherLanguage(assignment, program);
    const spec = parseRunBody(judgedRequest(assignment, program), rules(principal));
    const submission = await classroom.submissions.begin(assignment, {userId, role, program});
    try {
      const options = {
        owner: ownerFor(userId),
        claim: null,
        isBatch: false,
        isAwaited: false,
        isLive: false,
      };
      const {runIds, lives} = await access.accept(principal, {runs: 1, address, owner: options.owner}, () =>
        runs.accept([spec], options),
      );
      const [runId = ''] = runIds;
      await classroom.submissions.attach(submission.id, runId);
      for (const live of lives)
        live.finished
          .then((run) => classroom.submissions.grade(submission, assignment, run))
          // Whoever looks at the submission next brings it up again.
          .catch(() => undefined);
      return {...submission, runId};
    } catch (error) {
      await classroom.submissions.withdraw(submission.id);
      throw error;
    }
  }

  /** The submission once it is judged, or as it stands after `timeoutMs` (null: no bound). */
  async wait(
    submission: Submission,
    assignment: Assignment,
    options: {readonly timeoutMs: number | null; readonly signal: AbortSignal},
  ): Promise<Submission> {
    if (submission.runId !== null && options.timeoutMs !== 0) {
      const run = await this.#parts.runs.wait(submission.runId, ownerFor(submission.userId), options);
      await this.#settle(submission, assignment, run);
    }
    return await this.#parts.classroom.submissions.get(submission.id);
  }

  /** Grades what has ended while no process of ours was looking: after a restart, or where another process was asked. */
  async catchUp(assignments: readonly Assignment[]): Promise<void> {
    const {submissions} = this.#parts.classroom;
    const byId = new Map(assignments.map((assignment) => [assignment.id, assignment]));
    const {rows, orphans} = await submissions.unsettled([...byId.keys()]);
    for (const {id} of orphans) await submissions.fail(id, 'The server stopped before it was judged.');
    for (const submission of rows) {
      const assignment = byId.get(submission.assignmentId);
      if (assignment === undefined || submission.runId === null) throw submissionNotFound(submission.id);
      const run = await this.#find(submission.runId, submission.userId);
      if (run === null) await submissions.fail(submission.id, 'The run that judged it was lost.');
      else await this.#settle(submission, assignment, run);
    }
  }

  async #settle(submission: Submission, assignment: Assignment, run: Run): Promise<void> {
    if (run.state === 'finished') await this.#parts.classroom.submissions.grade(submission, assignment, run);
  }

  async #find(runId: string, userId: string): Promise<Run | null> {
    try {
      return await this.#parts.runs.get(runId, ownerFor(userId));
    } catch (error) {
      if (error instanceof SandglassError && error.code === 'not-found') return null;
      throw error;
    }
  }

  #refuseOtherLanguage({template}: Assignment, program: Program): void {
    const {languageId} = this.#parts;
    if (languageId(program.language) === languageId(template.language)) return;
    const message = `is ${program.language} but the assignment is in ${template.language}`;
    throw new SandglassError('invalid-request', `Cannot submit the project: its language ${message}.`, {
      fields: [{path: '/program/language', message}],
    });
  }
}

/** Under which name the runs that judge a student's submissions are kept. No principal has it: see `ownerOf`. */
function ownerFor(userId: string): string {
  return `submissions:${userId}`;
}

/** The student's files, judged as the assignment says. No network: a program must not carry away what it reads. */
function judgedRequest(
  {template, judging}: Pick<Assignment, 'template' | 'judging'>,
  {files, entry}: Pick<Program, 'files' | 'entry'>,
): RunRequest {
  const {tests, ...rest} = judging;
  const {language, args, stdin, compilerOptions, limits} = template;
  return {
    language,
    ...given({files, entry, args, stdin, compilerOptions, limits}),
    ...rest,
    tests: tests.map(({subtask: _, ...test}) => test),
    network: 'none',
  };
}

/** Without the fields that are not there, which is something else than undefined ones. */
function given(fields: {[Name in keyof RunRequest]?: RunRequest[Name] | undefined}): Partial<RunRequest> {
  // Only undefined members are left out.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<RunRequest>;
}

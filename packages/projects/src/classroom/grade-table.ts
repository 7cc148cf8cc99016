import type {Assignment} from './assignment.ts';
import {writeCsv} from './csv.ts';
import type {Member} from './groups.ts';
import type {Standing} from './submissions.ts';

export interface GradeTable {
  readonly assignments: readonly Pick<Assignment, 'id' | 'title' | 'possible'>[];
  readonly rows: readonly {readonly student: Member; readonly cells: readonly GradeCell[]}[];
}

/** One student at one assignment, in the order of the assignments. */
export interface GradeCell {
  readonly attempts: number;
  /** Null while nothing was graded. */
  readonly points: number | null;
  readonly possible: number;
  /** RFC 3339, of the submission that counts. */
  readonly submittedAt: string | null;
  readonly submissionId: string | null;
}

/** Members against assignments; who left the group is not in it. */
export function gradeTable(
  members: readonly Member[],
  assignments: readonly Assignment[],
  standings: readonly Standing[],
): GradeTable {
  const found = new Map(
    standings.map((standing) => [`${standing.userId} ${standing.assignmentId}`, standing]),
  );
  return {
    assignments: assignments.map(({id, title, possible}) => ({id, title, possible})),
    rows: members.map((student) => ({
      student,
      cells: assignments.map(({id, possible}) => cellOf(found.get(`${student.id} ${id}`), possible)),
    })),
  };
}

/** The same for a spreadsheet: a row for each student, four columns for each assignment. */
export function gradesAsCsv({assignments, rows}: GradeTable): string {
  const head = [
    'User name',
    'Name',
    ...assignments.flatMap(({title}) => [
      `${title}: points`,
      `${title}: possible`,
      `${title}: attempts`,
      `${title}: submitted`,
    ]),
  ];
  return writeCsv([
    head,
    ...rows.map(({student, cells}) => [
      student.username,
      student.name,
      ...cells.flatMap(({points, possible, attempts, submittedAt}) => [
        points,
        possible,
        attempts,
        submittedAt,
      ]),
    ]),
  ]);
}

function cellOf(standing: Standing | undefined, possible: number): GradeCell {
  const best = standing?.best ?? null;
  return {
    attempts: standing?.attempts ?? 0,
    points: best?.points ?? null,
    possible: best?.possible ?? possible,
    submittedAt: best === null ? null : new Date(best.submittedAtMs).toISOString(),
    submissionId: best?.id ?? null,
  };
}

import type {AssignmentSummary, Submission} from '@sandglass/client';

/** Points of a task, as people write them. */
export function pointsOf({points, possible}: {points: number | null; possible: number}): string {
  return `${points ?? '–'} / ${possible}`;
}

/** When one may work on an assignment. */
export function timesOf({
  phase,
  opensAt,
  dueAt,
}: Pick<AssignmentSummary, 'phase' | 'opensAt' | 'dueAt'>): string {
  const opens = opensAt === null ? '' : new Date(opensAt).toLocaleString();
  const due = dueAt === null ? '' : new Date(dueAt).toLocaleString();
  switch (phase) {
    case 'not-open':
      return `opens ${opens}`;
    case 'closed':
      return `closed since ${due}`;
    case 'open':
      return due === '' ? 'open' : `open until ${due}`;
    default:
      return phase satisfies never;
  }
}

export function stateOf({state, failure, compilerOutput, points}: Submission): string {
  switch (state) {
    case 'judging':
      return 'being judged';
    case 'failed':
      return `not judged: ${failure ?? ''}`;
    case 'graded':
      if (compilerOutput !== null) return 'does not compile';
      return points === null ? 'handed in' : 'graded';
    default:
      return state satisfies never;
  }
}

import type {ProjectTables} from '../tables/tables.ts';
import type {Feedback} from './assignment.ts';
import type {SubmissionState} from './submission.ts';

/** Times are milliseconds since 1970. */
export interface ClassroomTables extends ProjectTables {
  class_groups: GroupsTable;
  class_members: MembersTable;
  assignments: AssignmentsTable;
  assignment_projects: AssignmentProjectsTable;
  submissions: SubmissionsTable;
  users: UsersTable;
}

/** The part of the users of `@sandglass/accounts` that a class sees. */
interface UsersTable {
  id: string;
  username: string;
  name: string;
}

export interface GroupsTable {
  id: string;
  teacher_id: string;
  name: string;
  /** Null while nobody may join by code. */
  join_code: string | null;
  created_at_ms: number;
}

interface MembersTable {
  group_id: string;
  user_id: string;
  joined_at_ms: number;
}

export interface AssignmentsTable {
  id: string;
  group_id: string;
  title: string;
  instructions: string;
  /** JSON of `Program`: what each student begins with. */
  template: string;
  /** JSON of `HiddenJudging`: for the teacher and the judge only. */
  judging: string;
  /** Points of all hidden tests. */
  possible: number;
  feedback: Feedback;
  max_attempts: number | null;
  opens_at_ms: number | null;
  due_at_ms: number | null;
  revision: number;
  created_at_ms: number;
  updated_at_ms: number;
}

interface AssignmentProjectsTable {
  assignment_id: string;
  user_id: string;
  project_id: string;
}

export interface SubmissionsTable {
  id: string;
  assignment_id: string;
  user_id: string;
  /** Counts a student's submissions from 1. */
  number: number;
  /** Of the assignment, when it was judged. */
  revision: number;
  state: SubmissionState;
  /** Null for the moment before the run is accepted. */
  run_id: string | null;
  /** JSON of `Program`; kept of the best and the latest one. */
  program: string | null;
  points: number | null;
  possible: number;
  /** JSON of `Report`; null until it is graded. */
  report: string | null;
  submitted_at_ms: number;
}

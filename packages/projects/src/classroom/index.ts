export {
  ASSIGNMENT_BODY,
  type Assignment,
  type AssignmentBody,
  FEEDBACKS,
  HIDDEN_JUDGING,
  phaseOf,
} from './assignment.ts';
export type {SeenAssignment} from './assignments.ts';
export {Classroom} from './classroom.ts';
export {type GradeTable, gradesAsCsv, gradeTable} from './grade-table.ts';
export type {Group, Member} from './groups.ts';
export {SUBMISSION_STATES, type Submission, type SubmissionWithProgram} from './submission.ts';
export {type Standing, submissionNotFound} from './submissions.ts';

import type {AccountsDatabase} from '@sandglass/accounts/database';
import {Assignments} from './assignments.ts';
import type {ClassroomTables} from './classroom-tables.ts';
import {Groups} from './groups.ts';
import {Submissions} from './submissions.ts';

/** Groups, assignments and submissions over the tables that `Projects.open` has brought up to date. */
export class Classroom {
  readonly groups: Groups;
  readonly assignments: Assignments;
  readonly submissions: Submissions;

  constructor(database: AccountsDatabase, bounds: {readonly maxBytes: number}) {
    const db = database.tables<ClassroomTables>();
    this.groups = new Groups(db);
    this.assignments = new Assignments(db, this.groups, bounds);
    this.submissions = new Submissions(db);
  }
}

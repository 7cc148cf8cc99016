import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** With the turn travels what makes the worker's spans children of the acceptance. Its length is fixed: W3C Trace Context, section 3.2. */
export function addTraceContext(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('turns').addColumn('traceparent', 'text').execute();
    },
  };
}

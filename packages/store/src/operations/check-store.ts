import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';

/** Writes a row: only that shows that the disk has room and the file is writable. */
export async function checkStore(db: Kysely<Tables>): Promise<void> {
  await db
    .insertInto('store_checks')
    .values({id: 1, checks: 1})
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({checks: eb('store_checks.checks', '+', 1)})),
    )
    .execute();
}

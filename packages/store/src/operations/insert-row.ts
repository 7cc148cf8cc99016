import type {CompiledQuery, Insertable, Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';

/** The text of each insertion, made once for each database: making it takes longer than carrying it out. */
const queries = new WeakMap<Kysely<Tables>, Map<string, CompiledQuery>>();

/** Inserts one row. Leave no column `undefined`: it would be missing in the query and not among its parameters. */
export async function insertRow<Table extends keyof Tables>(
  db: Kysely<Tables>,
  table: Table,
  row: Insertable<Tables[Table]>,
): Promise<void> {
  const known = queries.get(db) ?? new Map<string, CompiledQuery>();
  queries.set(db, known);
  const shape = `${table} ${Object.keys(row).join(' ')}`;
  const query = known.get(shape) ?? db.insertInto(table).values(row).compile();
  known.set(shape, query);
  await db.executeQuery({...query, parameters: Object.values(row)});
}

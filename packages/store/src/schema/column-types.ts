import type {ColumnDataType, Expression} from 'kysely';

/** The column types that databases spell differently; everything else in the migrations is common SQL. */
export interface ColumnTypes {
  /** Byte strings: `blob` in SQLite, `bytea` in PostgreSQL. */
  readonly bytes: ColumnDataType | Expression<unknown>;
  /** Whole numbers of 64 bits. SQLite's `integer` is one already. */
  readonly bigInteger: ColumnDataType;
}

export const SQLITE_COLUMN_TYPES: ColumnTypes = {bytes: 'blob', bigInteger: 'integer'};

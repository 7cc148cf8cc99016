import {type ColumnDataType, type Expression, sql} from 'kysely';

/** The column types that databases spell differently; everything else in the migrations is common SQL. */
export interface ColumnTypes {
  /** Byte strings: `blob` in SQLite, `bytea` in PostgreSQL. */
  readonly bytes: ColumnDataType | Expression<unknown>;
  /** Whole numbers of 64 bits. SQLite's `integer` is one already. */
  readonly bigInteger: ColumnDataType;
  /** Text that is ordered byte by byte, whatever language the database was made for: ids and owners end in indexes and cursors. */
  readonly identifier: ColumnDataType | Expression<unknown>;
}

export const SQLITE_COLUMN_TYPES: ColumnTypes = {bytes: 'blob', bigInteger: 'integer', identifier: 'text'};

export const POSTGRES_COLUMN_TYPES: ColumnTypes = {
  bytes: 'bytea',
  bigInteger: 'bigint',
  identifier: sql`text collate "C"`,
};

import type {ColumnDataType} from 'kysely';

/** Column types that databases spell differently; everything else in the migrations is common SQL. */
export interface ColumnTypes {
  /** What better-auth writes times into. */
  readonly time: ColumnDataType;
  readonly flag: ColumnDataType;
  readonly bytes: ColumnDataType;
  readonly bigInteger: ColumnDataType;
}

export const SQLITE_COLUMN_TYPES: ColumnTypes = {
  time: 'text',
  flag: 'integer',
  bytes: 'blob',
  bigInteger: 'integer',
};

export const POSTGRES_COLUMN_TYPES: ColumnTypes = {
  time: 'timestamptz',
  flag: 'boolean',
  bytes: 'bytea',
  bigInteger: 'bigint',
};

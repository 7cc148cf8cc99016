import type {DatabaseSync, SQLInputValue, StatementSync} from 'node:sqlite';
import {SqliteAdapter, SqliteDialect, type SqliteStatement} from 'kysely';

/**
 * Bounds the memory of prepared statements. Queries here have a few dozen shapes, so in practice nothing is ever dropped.
 */
const MAX_STATEMENTS = 128;

/** Kysely over `node:sqlite`, with prepared statements kept. The caller keeps the database and closes it. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(database: DatabaseSync) {
    super({
      database: {prepare: keepStatements((sql) => new PreparedStatement(database.prepare(sql))), close() {}},
    });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

/**
 * SQLite can roll a change of the schema back (https://www.sqlite.org/lang_transaction.html); Kysely leaves that off because
 * some pragmas cannot be changed inside a transaction. Our migrations change none, so a crash leaves no half schema.
 */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PreparedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...bindable(parameters));
  }

  run(parameters: readonly unknown[]): {changes: number | bigint; lastInsertRowid: number | bigint} {
    return this.#statement.run(...bindable(parameters));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...bindable(parameters));
  }
}

/** The table types let only values through that SQLite can hold; a wrong one is refused by `node:sqlite` itself. */
function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}

function keepStatements(prepare: (sql: string) => PreparedStatement): (sql: string) => PreparedStatement {
  const statements = new Map<string, PreparedStatement>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= MAX_STATEMENTS) statements.delete(oldest);
    const statement = prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
}

export {type AccountsDatabase, openAccountsDatabase} from './accounts-database.ts';
export type {ColumnTypes} from './column-types.ts';
export {type Migrations, migrate} from './migrate.ts';
export {isUniqueViolation} from './unique-violation.ts';

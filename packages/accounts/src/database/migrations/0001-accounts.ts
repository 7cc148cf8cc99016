import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';

/** Users, sessions, keys, usage, audit. The first four tables have the shape that better-auth 1.x describes for its core. */
export function accountsMigration(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await identityTables(db, types);
      await ownTables(db, types);
    },
  };
}

async function identityTables(db: Kysely<unknown>, {time, flag}: ColumnTypes): Promise<void> {
  const {schema} = db;
  await schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('emailVerified', flag, (column) => column.notNull())
    .addColumn('image', 'text')
    .addColumn('createdAt', time, (column) => column.notNull())
    .addColumn('updatedAt', time, (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull().unique())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('isDisabled', flag, (column) => column.notNull())
    .addColumn('allowance', 'text')
    .execute();
  await schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('expiresAt', time, (column) => column.notNull())
    .addColumn('token', 'text', (column) => column.notNull().unique())
    .addColumn('createdAt', time, (column) => column.notNull())
    .addColumn('updatedAt', time, (column) => column.notNull())
    .addColumn('ipAddress', 'text')
    .addColumn('userAgent', 'text')
    .addColumn('userId', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .execute();
  await schema
    .createTable('credentials')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('accountId', 'text', (column) => column.notNull())
    .addColumn('providerId', 'text', (column) => column.notNull())
    .addColumn('userId', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('accessToken', 'text')
    .addColumn('refreshToken', 'text')
    .addColumn('idToken', 'text')
    .addColumn('accessTokenExpiresAt', time)
    .addColumn('refreshTokenExpiresAt', time)
    .addColumn('scope', 'text')
    .addColumn('password', 'text')
    .addColumn('createdAt', time, (column) => column.notNull())
    .addColumn('updatedAt', time, (column) => column.notNull())
    .execute();
  await schema
    .createTable('verifications')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('expiresAt', time, (column) => column.notNull())
    .addColumn('createdAt', time, (column) => column.notNull())
    .addColumn('updatedAt', time, (column) => column.notNull())
    .execute();
  await schema.createIndex('sessions_by_user').on('sessions').column('userId').execute();
  await schema.createIndex('credentials_by_user').on('credentials').column('userId').execute();
  await schema.createIndex('verifications_by_name').on('verifications').column('identifier').execute();
}

async function ownTables({schema}: Kysely<unknown>, {bigInteger}: ColumnTypes): Promise<void> {
  await schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('allowance', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
    .addColumn('expires_at_ms', bigInteger)
    .addColumn('revoked_at_ms', bigInteger)
    .addColumn('last_used_at_ms', bigInteger)
    .execute();
  await schema.createIndex('api_keys_by_user').on('api_keys').column('user_id').execute();
  await schema
    .createTable('usage_days')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('runs', bigInteger, (column) => column.notNull())
    .addColumn('cpu_ms', bigInteger, (column) => column.notNull())
    .addColumn('wall_ms', bigInteger, (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_days_key', ['subject', 'day'])
    .execute();
  await schema
    .createTable('audit_events')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at_ms', bigInteger, (column) => column.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('audit_events_by_time').on('audit_events').columns(['at_ms', 'id']).execute();
  await schema
    .createTable('invitations')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
    .addColumn('expires_at_ms', bigInteger, (column) => column.notNull())
    .addColumn('used_by', 'text')
    .execute();
}

/**
 * The tables of accounts. The first four belong to better-auth, which names columns in camel case and chooses how times are written
 * (text in SQLite, `timestamptz` in PostgreSQL); the others are ours: times are milliseconds since 1970.
 */
export interface AccountTables {
  users: UsersTable;
  sessions: SessionsTable;
  credentials: CredentialsTable;
  verifications: VerificationsTable;
  api_keys: ApiKeysTable;
  usage_days: UsageDaysTable;
  audit_events: AuditEventsTable;
  invitations: InvitationsTable;
  markers: MarkersTable;
  open_runs: OpenRunsTable;
  open_run_subjects: OpenRunSubjectsTable;
}

export interface MarkersTable {
  /** `first-user`. */
  name: string;
  value: string;
}

/** A time as the database gives it: text from SQLite, a `Date` from PostgreSQL. */
export type StoredTime = string | Date;

export interface UsersTable {
  id: string;
  name: string;
  /** Users without an address have one under `.invalid`, because better-auth needs something unique here. */
  email: string;
  emailVerified: boolean | number;
  image: string | null;
  createdAt: StoredTime;
  updatedAt: StoredTime;
  /** Lower case; what people sign in with. */
  username: string;
  role: string;
  isDisabled: boolean | number;
  /** JSON of `Allowance`, or null for the server's default. */
  allowance: string | null;
}

export interface SessionsTable {
  id: string;
  token: string;
  userId: string;
  expiresAt: StoredTime;
  createdAt: StoredTime;
  updatedAt: StoredTime;
  ipAddress: string | null;
  userAgent: string | null;
}

export interface CredentialsTable {
  id: string;
  accountId: string;
  providerId: string;
  userId: string;
  accessToken: string | null;
  refreshToken: string | null;
  idToken: string | null;
  accessTokenExpiresAt: StoredTime | null;
  refreshTokenExpiresAt: StoredTime | null;
  scope: string | null;
  password: string | null;
  createdAt: StoredTime;
  updatedAt: StoredTime;
}

export interface VerificationsTable {
  id: string;
  identifier: string;
  value: string;
  expiresAt: StoredTime;
  createdAt: StoredTime;
  updatedAt: StoredTime;
}

export interface ApiKeysTable {
  id: string;
  user_id: string;
  name: string;
  /** SHA-256 of the secret part, hex. The secret has 256 random bits, so that a slow hash would add nothing. */
  secret_hash: string;
  /** JSON array. */
  scopes: string;
  /** JSON of `Allowance`. */
  allowance: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  last_used_at_ms: number | null;
}

/** What a user or a key has used on one day (UTC). */
export interface UsageDaysTable {
  /** `user:<id>` or `key:<id>`. */
  subject: string;
  /** As `2026-01-31`. */
  day: string;
  runs: number;
  cpu_ms: number;
  wall_ms: number;
}

/** A run that was admitted and is not settled yet. */
export interface OpenRunsTable {
  /** Of the admission; the run has no id yet. */
  id: string;
  /** Null for the moment before the run is accepted. */
  run_id: string | null;
  run_owner: string;
  opened_at_ms: number;
}

/** Who is charged for it: each row is a place taken. */
export interface OpenRunSubjectsTable {
  subject: string;
  id: string;
}

export interface AuditEventsTable {
  id: string;
  at_ms: number;
  actor_id: string | null;
  actor_name: string;
  action: string;
  target: string;
  address: string;
  /** JSON object of short facts; never contents or secrets. */
  facts: string;
}

export interface InvitationsTable {
  token_hash: string;
  role: string;
  created_by: string;
  created_at_ms: number;
  expires_at_ms: number;
  used_by: string | null;
}

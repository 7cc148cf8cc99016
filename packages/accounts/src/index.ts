export {Accounts, type AccountsSettings} from './accounts.ts';
export type {AuditEntry, AuditRecord} from './audit/audit.ts';
export {AUTH_PATH, OIDC_PROVIDER, type OidcSettings} from './identity/create-auth.ts';
export {type Client, clientHeaders, type SignUpMode} from './identity/identity.ts';
export {nameProblems} from './identity/names.ts';
export type {SessionRecord, UserRecord} from './identity/users.ts';
export type {KeyRecord} from './keys/keys.ts';
export type {Admission, RateReport} from './limits/gate.ts';
export type {LimitStore} from './limits/limit-store.ts';
export {MemoryLimitStore} from './limits/memory-limit-store.ts';
export {RedisLimitStore} from './limits/redis-limit-store.ts';
export {
  ALLOWANCE_SCHEMA,
  type Allowance,
  type KnownUser,
  type Principal,
  ROLES,
  type Role,
  SCOPES,
  type Scope,
} from './principal.ts';
export {dayOf, type OpenRun, type Usage, type UsageBound, type UsageDay} from './usage/usage.ts';
export {uuidv7} from './uuid.ts';

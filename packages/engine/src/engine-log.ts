/** What the engine tells its operator; a pino logger fits as it is. Never holds anything of a user's program. */
export interface EngineLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** For embedding without a logger. */
export const SILENT_LOG: EngineLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

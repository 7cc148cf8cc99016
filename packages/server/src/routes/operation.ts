import type {ErrorCode} from '@sandglass/protocol';
import type {TSchema} from 'typebox';
import type {Access} from '../access/access.ts';

/** What the API description says about a route beside its schemas. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** Who may use it on a server with accounts. */
  readonly access: Access;
  /** What is not obvious from the schemas; CommonMark. */
  readonly description?: string;
  /** Errors that are particular to this route; each becomes a response with its status. */
  readonly errors: readonly ErrorCode[];
  /** Body of the request. Routes parse it themselves, so that a refusal can teach. */
  readonly body?: TSchema;
  readonly responses: Readonly<Record<number, OperationResponse>>;
}

export interface OperationResponse {
  readonly description: string;
  readonly schema: TSchema;
  /** Default application/json. */
  readonly contentType?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent on routes that only answer "method not allowed". */
    operation?: Operation;
  }
}

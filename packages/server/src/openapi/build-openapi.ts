import {PROBLEM_SCHEMA} from '@sandglass/protocol';
import {HTTP_STATUS, PROBLEM_TYPE} from '../http/problem.ts';
import type {Operation} from '../routes/operation.ts';
import {VERSION} from '../version.ts';
import {hoistSchemas, type Json} from './hoist-schemas.ts';

/** A registered route, as Fastify knows it. */
export interface DescribedRoute {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly url: string;
  readonly operation: Operation;
  readonly params: Json | undefined;
  readonly query: Json | undefined;
  readonly headers: Json | undefined;
}

const SECURITY_SCHEMES = {
  key: {type: 'http', scheme: 'bearer', description: 'A key of `/v1/keys`.'},
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'sandglass.session_token',
    description:
      'Given by sign-in. Changes must come from a page of this server, which browsers say in `Origin`.',
  },
};

/** What any route can answer that asks who sent the request. */
const ACCOUNT_ERRORS = ['unauthorized', 'rate-limited', 'store-failed'] as const;

/** The API description (OpenAPI 3.1.1) of exactly these routes, made from the schemas that they are checked with. */
export function buildOpenApi(
  routes: readonly DescribedRoute[],
  {hasAccounts}: {readonly hasAccounts: boolean},
): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = {...paths[path], [route.method.toLowerCase()]: describe(route, hasAccounts)};
  }
  const {value, schemas} = hoistSchemas(paths);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sandglass',
      version: VERSION,
      description: 'Runs programs in single-use sandboxes. Errors are application/problem+json (RFC 9457).',
      license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
    },
    servers: [{url: '/'}],
    paths: value,
    components: {schemas, ...(hasAccounts ? {securitySchemes: SECURITY_SCHEMES} : {})},
  };
}

function describe({operation, params, query, headers}: DescribedRoute, hasAccounts: boolean): Json {
  const {operationId, summary, description, body} = operation;
  const parameters = [
    ...describeParameters('path', params),
    ...describeParameters('query', query),
    ...describeParameters('header', headers),
  ];
  return {
    operationId,
    summary,
    ...(hasAccounts ? {'x-sandglass-access': operation.access, security: securityOf(operation)} : {}),
    ...(description === undefined ? {} : {description}),
    ...(parameters.length === 0 ? {} : {parameters}),
    ...(body === undefined
      ? {}
      : {requestBody: {required: true, content: {'application/json': {schema: body}}}}),
    responses: {...successes(operation), ...failures(operation, hasAccounts)},
  };
}

function describeParameters(place: 'path' | 'query' | 'header', schema: Json | undefined): Json[] {
  if (schema === undefined) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(asJson(schema.properties)).map(([name, inner]) => {
    const {description, ...type} = asJson(inner);
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      description,
      schema: type,
    };
  });
}

function successes({responses}: Operation): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([status, {description, schema, contentType}]) => [
      status,
      {description, content: {[contentType ?? 'application/json']: {schema}}},
    ]),
  );
}

/** `{}` in the list says that it works without as well (OpenAPI 3.1, Operation Object). */
function securityOf({access}: Operation): Json[] {
  if (access === 'open') return [];
  const cookie = {session: []};
  if (access === 'session') return [cookie];
  return access === 'public' ? [{}, cookie, {key: []}] : [cookie, {key: []}];
}

/** One response for each status, naming the codes that lead to it. Any route can meet `internal-error` and a foreign origin. */
function failures({errors, access}: Operation, hasAccounts: boolean): Json {
  const ofAccounts = hasAccounts && access !== 'open' ? ACCOUNT_ERRORS : [];
  const codes = [...new Set([...errors, ...ofAccounts, 'forbidden', 'internal-error'] as const)];
  const statuses = [...new Set(codes.map((code) => HTTP_STATUS[code]))].sort((left, right) => left - right);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes.filter((code) => HTTP_STATUS[code] === status).join(', '),
        content: {[PROBLEM_TYPE]: {schema: PROBLEM_SCHEMA}},
        ...(status === 429 || status === 503
          ? {headers: {'Retry-After': {description: 'Seconds.', schema: {type: 'integer', minimum: 1}}}}
          : {}),
      },
    ]),
  );
}

function asJson(value: unknown): Json {
  // Schemas are plain JSON objects.
  return (value ?? {}) as Json;
}

import {SandglassError, schemaProblems} from '@sandglass/protocol';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type {TSchema} from 'typebox';
import {Compile} from 'typebox/compile';
import {admitEverybody, guardAccess} from './access/guard-access.ts';
import {registerSystemE} from './doors/system-e/routes.ts';
import {answerClientError} from './http/client-error.ts';
import {guardForeignOrigin, guardOrigin} from './http/guard-origin.ts';
import {refuseOtherMethods} from './http/method-not-allowed.ts';
import {MAX_BODY_BYTES, readJson} from './http/read-json.ts';
import {sendProblem} from './http/send-problem.ts';
import {trustedProxies} from './http/trusted-proxies.ts';
import {buildOpenApi, type DescribedRoute} from './openapi/build-openapi.ts';
import type {Json} from './openapi/hoist-schemas.ts';
import {registerAccounts} from './routes/accounts/index.ts';
import {registerBatches} from './routes/batches.ts';
import {registerEvents} from './routes/events.ts';
import {registerHealth} from './routes/health.ts';
import {registerInfo} from './routes/info.ts';
import {registerLanguages} from './routes/languages.ts';
import {registerLive} from './routes/live.ts';
import {registerMetrics} from './routes/metrics.ts';
import {registerOpenApi} from './routes/openapi.ts';
import type {RouteParts} from './routes/route-parts.ts';
import {registerRuns} from './routes/runs.ts';
import {registerWeb} from './routes/web.ts';
import {loadWebAssets} from './web-assets.ts';

export interface ServerParts extends RouteParts {
  readonly logger: FastifyBaseLogger;
}

/** Header fields of one request together; ours need a few hundred bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Longer than the idle time of common proxies, so that it is never the server that closes under a request. */
const KEEP_ALIVE_MS = 72_000;

/** Puts the HTTP server together. It does not listen yet; the caller owns and closes it. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({
    loggerInstance: parts.logger,
    // One line a run is written by whoever finishes it; a line a request would only repeat it.
    logController: new LogController({disableRequestLogging: true}),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: parts.config.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {maxHeaderSize: MAX_HEADER_BYTES},
    routerOptions: {maxParamLength: 200},
    trustProxy: trustedProxies(parts.config.accounts.trustedProxies),
    clientErrorHandler: answerClientError,
    // These faults have no route, so the error handler below is not asked.
    frameworkErrors: (error, _request, reply) => void sendProblem(error, reply),
  });
  app.server.maxConnections = parts.config.maxConnections;
  readJsonOnly(app);
  checkWithOurSchemas(app);
  answerProblems(app);
  const guard = parts.access === null ? guardOrigin : guardForeignOrigin;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    guard(request.headers);
  });
  if (parts.access === null) admitEverybody(app);
  else guardAccess(app, parts.access);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    parts.metrics.requestAnswered({method: request.method, route, status: reply.statusCode, seconds});
  });
  const routes = collectRoutes(app);
  registerRuns(app, parts);
  registerBatches(app, parts);
  registerEvents(app, parts);
  registerLive(app);
  registerLanguages(app, parts);
  registerInfo(app, parts);
  registerHealth(app, parts);
  registerMetrics(app, parts);
  if (parts.access !== null) registerAccounts(app, {...parts, access: parts.access});
  if (parts.config.doors.includes('system-e')) registerSystemE(app, parts);
  registerOpenApi(app, () => buildOpenApi(routes.described, {hasAccounts: parts.access !== null}));
  registerWeb(app, loadWebAssets());
  refuseOtherMethods(app, new Map(routes.methodsByUrl));
  return app;
}

/** No body is understood but JSON; a browser cannot send that across origins without asking first. */
function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    {parseAs: 'buffer'},
    async (request: FastifyRequest, body: Buffer): Promise<unknown> =>
      readJson(body, request.headers['content-type']),
  );
}

/** One validator for everything, the same that parses run requests. Answers are made by typed code and only serialised. */
function checkWithOurSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({schema, httpPart}) => {
    const validator = Compile(schema);
    return (value: unknown) => {
      const given = httpPart === 'querystring' ? numbersOf(schema, value) : value;
      const problems = schemaProblems(validator, given);
      const [first] = problems;
      if (first === undefined) return {value: given};
      const place = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
      const name = first.path.slice(1);
      const message = `Cannot read the ${place}: ${name} ${first.message}.`;
      const fields = problems.map((problem) => ({
        path: `${place}:${problem.path}`,
        message: problem.message,
      }));
      return {error: new SandglassError('invalid-request', message, {fields})};
    };
  });
  app.setSerializerCompiler(() => JSON.stringify);
}

/** A query is text; what the schema calls an integer is read as one when it looks like one. */
function numbersOf(schema: TSchema, query: unknown): unknown {
  if (typeof query !== 'object' || query === null || !('properties' in schema)) return query;
  // Each property of an object schema is a schema.
  const properties = schema.properties as Record<string, {readonly type?: unknown}>;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const isNumber =
        properties[name]?.type === 'integer' && typeof value === 'string' && /^\d{1,15}$/.test(value);
      return [name, isNumber ? Number(value) : value];
    }),
  );
}

function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => sendProblem(error, reply));
  app.setNotFoundHandler(async (request) => {
    throw new SandglassError(
      'not-found',
      `Cannot ${request.method} this address: there is nothing here. See /docs.`,
    );
  });
}

/** Remembers what is registered, for the API description and for 405 answers. */
function collectRoutes(app: FastifyInstance) {
  const described: DescribedRoute[] = [];
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({method, url, schema, config}) => {
    const operation = config?.operation;
    for (const name of [method].flat()) {
      const methods = methodsByUrl.get(url) ?? new Set();
      methodsByUrl.set(url, methods.add(name));
      if (operation === undefined || name === 'HEAD') continue;
      described.push({
        method: name,
        url,
        operation,
        // Fastify leaves the type of schemas open; ours are JSON Schema objects.
        params: schema?.params as Json | undefined,
        query: schema?.querystring as Json | undefined,
        headers: schema?.headers as Json | undefined,
      });
    }
  });
  return {described, methodsByUrl};
}

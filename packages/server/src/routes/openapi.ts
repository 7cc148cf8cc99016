import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {renderDocsPage} from '../openapi/docs-page.ts';
import type {Json} from '../openapi/hoist-schemas.ts';
import type {Operation} from './operation.ts';

/** `/openapi.json` and `/docs`. `describe` is asked once, after every route is registered. */
export function registerOpenApi(app: FastifyInstance, describe: () => Json): void {
  let document: Json | undefined;
  const openApi = () => {
    document ??= describe();
    return document;
  };
  app.get('/openapi.json', {config: {operation: getDocument}}, async () => openApi());
  app.get('/docs', {config: {operation: getPage}}, async (_request, reply) => {
    const {html, contentSecurityPolicy} = renderDocsPage(openApi());
    reply.type('text/html; charset=utf-8').header('content-security-policy', contentSecurityPolicy);
    return html;
  });
}

const getDocument: Operation = {
  operationId: 'getOpenApi',
  summary: 'This description',
  access: 'open',
  errors: [],
  responses: {200: {description: 'OpenAPI 3.1.', schema: Type.Unsafe<Json>({type: 'object'})}},
};

const getPage: Operation = {
  operationId: 'getDocs',
  summary: 'This description, to read',
  access: 'open',
  errors: [],
  responses: {200: {description: 'A page without scripts.', schema: Type.String(), contentType: 'text/html'}},
};

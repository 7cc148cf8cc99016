import {Compile} from 'typebox/compile';
import {describe, expect, it} from 'vitest';
import {sleep} from '../support/scripted-engine.ts';
import {TestServer} from '../support/test-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document is looked at path by path
type Document = any;

const ROUTES = [
  'POST /v1/runs',
  'GET /v1/runs',
  'GET /v1/runs/{id}',
  'DELETE /v1/runs/{id}',
  'GET /v1/runs/{id}/events',
  'POST /v1/batches',
  'GET /v1/batches/{id}',
  'GET /v1/languages',
  'GET /v1/live',
  'GET /v1/info',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /docs',
];

async function read(server: TestServer): Promise<Document> {
  return await (await server.fetch('/openapi.json')).json();
}

describe('row 46: the API description', () => {
  it('lists exactly the registered routes, each with its own operation id', async () => {
    await using server = await TestServer.start();
    const document = await read(server);
    const listed = Object.entries<Document>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual([...ROUTES].sort());
    const ids = Object.values<Document>(document.paths).flatMap((item) =>
      Object.values<Document>(item).map((operation) => operation.operationId),
    );
    expect(new Set(ids).size).toBe(ROUTES.length);
  });

  it('is OpenAPI 3.1 whose references all resolve and whose path parameters are all described', async () => {
    await using server = await TestServer.start();
    const document = await read(server);
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      expect(document.components.schemas).toHaveProperty(name ?? '');
    for (const [path, item] of Object.entries<Document>(document.paths))
      for (const operation of Object.values<Document>(item)) {
        const named = (operation.parameters ?? [])
          .filter((parameter: Document) => parameter.in === 'path')
          .map(({name}: Document) => name);
        expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
        expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      }
  });

  it('fits what every route answers, refusals included', async () => {
    await using server = await TestServer.start({
      scripts: {slow: sleep(20_000)},
      flags: {'shutdown-grace-ms': '0'},
    });
    const document = await read(server);
    const finished = await server.submit('a', '?wait=true');
    const running = await server.submit('slow', '?wait=20');
    const {id: batch} = (await (
      await server.post('/v1/batches', {runs: [{language: 'sc', code: 'b'}]})
    ).json()) as {id: string};
    const unknown = '01900000-0000-7000-8000-000000000000';
    const post = (body: unknown) => ({
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
    const requests: [string, string, RequestInit?][] = [
      [
        '/v1/runs',
        '/v1/runs?wait=true',
        post({language: 'sc', code: 'x', args: ['1'], env: {A: 'b'}, metadata: {deep: [1]}}),
      ],
      ['/v1/runs', '/v1/runs', post({language: 'sc', code: 'x'})],
      ['/v1/runs', '/v1/runs', post({language: 'sc'})],
      ['/v1/runs', '/v1/runs', post({language: 'none', code: 'x'})],
      ['/v1/runs', '/v1/runs?limit=5'],
      ['/v1/runs', '/v1/runs?limit=nine'],
      ['/v1/runs/{id}', `/v1/runs/${finished.id}`],
      ['/v1/runs/{id}', `/v1/runs/${running.id}`],
      ['/v1/runs/{id}', `/v1/runs/${unknown}`],
      ['/v1/runs/{id}', `/v1/runs/${running.id}`, {method: 'DELETE'}],
      ['/v1/batches', '/v1/batches', post({runs: [{language: 'sc', code: 'x'}]})],
      ['/v1/batches', '/v1/batches', post({runs: []})],
      ['/v1/batches/{id}', `/v1/batches/${batch}`],
      ['/v1/languages', '/v1/languages'],
      ['/v1/info', '/v1/info'],
      ['/healthz', '/healthz'],
      ['/readyz', '/readyz'],
      ['/openapi.json', '/openapi.json'],
    ];
    for (const [path, address, init] of requests) {
      const response = await server.fetch(address, init);
      const type = response.headers.get('content-type')?.split(';')[0] ?? '';
      const described =
        document.paths[path][(init?.method ?? 'GET').toLowerCase()].responses[response.status]?.content[type];
      expect(
        described,
        `${init?.method ?? 'GET'} ${address} answered ${response.status} ${type}`,
      ).toBeDefined();
      const schema = withComponents(described.schema, document);
      expect(Compile(schema).Errors(await response.json()), address).toEqual([]);
    }
  });

  it('is shown as a page that may load nothing from anywhere', async () => {
    await using server = await TestServer.start();
    const response = await server.fetch('/docs');
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    expect(html).not.toMatch(/<script|https?:\/\//);
    for (const path of ROUTES.map((route) => route.split(' ')[1])) expect(html).toContain(path);
  });
});

/** References are put in place, so that a part of the document can be compiled alone. */
function withComponents(schema: Document, document: Document): Document {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    const name = typeof value?.$ref === 'string' ? value.$ref.split('/').at(-1) : null;
    return name === null ? value : withComponents(document.components.schemas[name], document);
  });
}

import {createHash} from 'node:crypto';
import type {Json} from './hoist-schemas.ts';

/** The page and the policy that lets a browser show it: no script, no foreign host, only this style sheet. */
export interface DocsPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin-bottom: 0; }
section { border-top: 1px solid #8884; padding: .75rem 0; }
h2 { font-size: 1rem; font-family: ui-monospace, monospace; margin: .25rem 0; }
h2 b { display: inline-block; min-width: 4.5rem; color: #a15c00; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid #8882; }
code, td:first-child { font-family: ui-monospace, monospace; font-size: .9em; }
`;

/** Renders an API description for people. */
export function renderDocsPage(document: Json): DocsPage {
  const info = node(document.info);
  const paths = Object.entries(node(document.paths));
  const schemas = Object.entries(node(node(document.components).schemas));
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)} API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description)} The same as a document: <a href="/openapi.json">/openapi.json</a>.</p>
<main>
${paths.flatMap(([path, item]) => Object.entries(node(item)).map(([method, operation]) => renderOperation(method, path, node(operation)))).join('\n')}
<h1>Schemas</h1>
${schemas.map(([name, schema]) => renderSchema(name, node(schema))).join('\n')}
</main>
</body>
</html>
`;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return {
    html,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function renderOperation(method: string, path: string, operation: Json): string {
  const parameters = list(operation.parameters).map((parameter) => [
    `${escapeHtml(parameter.name)} <small>(${escapeHtml(parameter.in)})</small>`,
    escapeHtml(parameter.description ?? typeName(node(parameter.schema))),
  ]);
  const body = node(node(node(operation.requestBody).content)['application/json']).schema;
  const responses = Object.entries(node(operation.responses)).map(([status, response]) => [
    escapeHtml(status),
    `${escapeHtml(node(response).description)} ${contentTypes(node(response))}`,
  ]);
  return `<section id="${escapeHtml(operation.operationId)}">
<h2><b>${escapeHtml(method.toUpperCase())}</b> ${escapeHtml(path)}</h2>
<p>${escapeHtml(operation.summary)}. ${escapeHtml(operation.description ?? '')}</p>
${body === undefined ? '' : `<p>Body: ${typeLink(node(body))}</p>`}
${parameters.length === 0 ? '' : renderTable(parameters)}
${renderTable(responses)}
</section>`;
}

function renderSchema(name: string, schema: Json): string {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(node(schema.properties)).map(([field, inner]) => [
    `${escapeHtml(field)}${required.includes(field) ? '' : '?'}`,
    `${typeLink(node(inner))} ${escapeHtml(node(inner).description ?? '')}`,
  ]);
  return `<section id="schema-${escapeHtml(name)}"><h2>${escapeHtml(name)}</h2>${renderTable(rows)}</section>`;
}

function renderTable(rows: readonly (readonly string[])[]): string {
  return `<table>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;
}

function contentTypes(response: Json): string {
  return Object.entries(node(response.content))
    .map(([type, media]) => `<small>${escapeHtml(type)}</small> ${typeLink(node(node(media).schema))}`)
    .join(', ');
}

/** A schema's type in a few words of HTML; named ones link to their section. */
function typeLink(schema: Json): string {
  if (typeof schema.$ref === 'string') {
    const name = escapeHtml(schema.$ref.split('/').at(-1));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(schema.anyOf)) return list(schema.anyOf).map(typeLink).join(' or ');
  if (schema.type === 'array') return `list of ${typeLink(node(schema.items))}`;
  return `<code>${escapeHtml(typeName(schema))}</code>`;
}

function typeName(schema: Json): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function node(value: unknown): Json {
  // The document is plain JSON made by this server; what is missing reads as undefined.
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(node) : [];
}

function escapeHtml(value: unknown): string {
  return String(value ?? '').replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A plain JSON object. */
export type Json = {readonly [name: string]: unknown};

/**
 * Moves every schema with a `title` to one place and leaves a reference, so that a run is described once however many routes
 * answer with one. The input is not changed.
 */
export function hoistSchemas(document: Json): {value: unknown; schemas: Json} {
  const schemas: Record<string, unknown> = {};
  const value = hoist(document, schemas);
  return {
    value,
    schemas: Object.fromEntries(Object.entries(schemas).sort(([left], [right]) => left.localeCompare(right))),
  };
}

function hoist(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((member) => hoist(member, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const title = 'title' in value && 'type' in value && typeof value.title === 'string' ? value.title : null;
  const members = () =>
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hoist(inner, schemas)]));
  if (title === null) return members();
  schemas[title] ??= members();
  return {$ref: `#/components/schemas/${title}`};
}

import type {TSchema} from 'typebox';
import type {Validator} from 'typebox/compile';
import type {TLocalizedValidationError} from 'typebox/error';
import type {FieldProblem} from './errors.ts';
import {nearestName} from './nearest-name.ts';

/**
 * Turns what a compiled schema has against a value into problems that teach: the JSON pointer (RFC 6901) of the field, the rule,
 * and for an unknown field the name that was probably meant. Empty when the value fits.
 */
export function schemaProblems(
  validator: Pick<Validator, 'Check' | 'Errors' | 'Type'>,
  value: unknown,
): FieldProblem[] {
  if (validator.Check(value)) return [];
  const errors = validator.Errors(value);
  // A union reports the mismatch of every branch and then of itself; only the last is of use to a person.
  const unions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath);
  const problems = errors
    .filter(
      (error) => error.keyword === 'anyOf' || !unions.some((path) => isWithin(error.instancePath, path)),
    )
    .flatMap((error) => toProblems(validator.Type(), error));
  return problems.length > 0 ? problems : [{path: '', message: 'is not in the documented form'}];
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function toProblems(root: TSchema, error: TLocalizedValidationError): FieldProblem[] {
  const path = error.instancePath;
  switch (error.keyword) {
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => unknownField(root, error, name));
    case 'boolean':
      return []; // The other half of additionalProperties: the same field once more, without its name.
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        path: `${path}/${escapePointer(name)}`,
        message: 'is required',
      }));
    case 'type':
      return [{path, message: `must be ${article(String(error.params.type))}`}];
    case 'enum':
      return [{path, message: `must be one of ${quoteAll(error.params.allowedValues)}`}];
    case 'anyOf':
      return [{path, message: unionRule(schemaAt(root, error.schemaPath))}];
    case 'maxItems':
      return [{path, message: `must not have more than ${error.params.limit} entries`}];
    case 'pattern':
      return [{path, message: formRule(schemaAt(root, error.schemaPath), error.params.pattern)}];
    case 'minimum':
      return [{path, message: `must be at least ${error.params.limit}`}];
    case 'maximum':
      return [{path, message: `must be at most ${error.params.limit}`}];
    default:
      return [{path, message: error.message}];
  }
}

function unknownField(root: TSchema, error: TLocalizedValidationError, name: string): FieldProblem {
  const known = Object.keys(asRecord(asRecord(schemaAt(root, error.schemaPath)).properties));
  const near = nearestName(name, known);
  const hint = near === null ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
  return {path: `${error.instancePath}/${escapePointer(name)}`, message: `is not a known field; ${hint}`};
}

/** A schema may carry its own words for a union; literals are listed. */
function unionRule(schema: unknown): string {
  const {anyOf, description} = asRecord(schema);
  const branches = Array.isArray(anyOf) ? anyOf.map(asRecord) : [];
  if (branches.length > 0 && branches.every((branch) => 'const' in branch))
    return `must be one of ${quoteAll(branches.map((branch) => branch.const))}`;
  return typeof description === 'string' ? doesNotFit(description) : 'has none of the allowed forms';
}

function formRule(schema: unknown, pattern: string | RegExp): string {
  const {description} = asRecord(schema);
  return typeof description === 'string' ? doesNotFit(description) : `must match ${pattern}`;
}

/** A description is a sentence of its own; here it ends another. */
function doesNotFit(description: string): string {
  return `does not fit: ${description.replace(/\.$/, '')}`;
}

/** The members of a schema that are read here; its other members may be anything. */
interface SchemaNode {
  readonly [member: string]: unknown;
  readonly anyOf?: unknown;
  readonly const?: unknown;
  readonly description?: unknown;
  readonly properties?: unknown;
}

function schemaAt(root: unknown, pointer: string): unknown {
  let schema = root;
  for (const segment of pointer.split('/').slice(1)) schema = asRecord(schema)[unescapePointer(segment)];
  return schema;
}

function asRecord(value: unknown): SchemaNode {
  // A schema is plain JSON; anything that is no object has no members to look at.
  return typeof value === 'object' && value !== null ? (value as SchemaNode) : {};
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function quoteAll(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

/** Writes a name as one segment of a JSON pointer (RFC 6901 section 3). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

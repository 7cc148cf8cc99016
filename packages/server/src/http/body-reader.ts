import {SandglassError, schemaProblems} from '@sandglass/protocol';
import type {Static, TSchema} from 'typebox';
import {Compile} from 'typebox/compile';

/**
 * Makes a function that holds a JSON body to a schema. It throws `invalid-request` with the JSON pointer and the rule of every field at
 * fault; values are not repeated, because some are secrets.
 */
export function bodyReader<Schema extends TSchema>(schema: Schema): (body: unknown) => Static<Schema> {
  const validator = Compile(schema);
  return (body) => {
    const problems = schemaProblems(validator, body);
    const [first] = problems;
    if (first !== undefined)
      throw new SandglassError(
        'invalid-request',
        `Cannot read the request: ${first.path === '' ? 'the body' : first.path} ${first.message}.`,
        {fields: problems},
      );
    // The compiled schema has just accepted it.
    return body as Static<Schema>;
  };
}

import type {TSchema} from 'typebox';
import {CONFIG_SCHEMA} from './config-schema.ts';

/** One setting and its three names. */
export interface Setting {
  /** As in the file, with dots for nesting: `callback.timeoutMs`. */
  readonly key: string;
  /** `SANDGLASS_CALLBACK_TIMEOUT_MS`. */
  readonly variable: string;
  /** `--callback-timeout-ms`. */
  readonly flag: string;
  readonly schema: TSchema & {readonly default?: unknown; readonly description?: string};
}

/** All settings in the order of the schema. */
export const SETTINGS: readonly Setting[] = leaves([], CONFIG_SCHEMA);

function leaves(path: readonly string[], schema: TSchema): Setting[] {
  if ('properties' in schema)
    // Each property of an object schema is a schema.
    return Object.entries(schema.properties as Record<string, TSchema>).flatMap(([name, inner]) =>
      leaves([...path, name], inner),
    );
  const words = path.flatMap((name) => name.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  return [
    {
      key: path.join('.'),
      variable: `SANDGLASS_${words.join('_').toUpperCase()}`,
      flag: `--${words.join('-')}`,
      schema,
    },
  ];
}

import type {Config} from './config-schema.ts';
import type {LoadedConfig} from './load-config.ts';
import {SETTINGS} from './settings.ts';

/** One line for each setting: key, value, and where it came from. What the schema calls `writeOnly` is a secret and not shown. */
export function describeConfig({config, origins}: LoadedConfig): string[] {
  return SETTINGS.map(
    ({key, schema}) => `${key} = ${shown(settingValue(config, key), schema)}  (${origins.get(key)})`,
  );
}

function shown(value: unknown, schema: object): string {
  const isSecret = 'writeOnly' in schema && value !== '';
  return isSecret ? '(not shown)' : JSON.stringify(value);
}

function settingValue(config: Config, key: string): unknown {
  let value: unknown = config;
  // Keys come from the same schema as the config, so each step is an object.
  for (const name of key.split('.')) value = (value as Record<string, unknown>)[name];
  return value;
}

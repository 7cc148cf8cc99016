import type {Config} from './config-schema.ts';
import type {LoadedConfig} from './load-config.ts';
import {SETTINGS} from './settings.ts';

/** One line for each setting: key, value, and where it came from. No setting is a secret today; one that is must not be shown here. */
export function describeConfig({config, origins}: LoadedConfig): string[] {
  return SETTINGS.map(
    ({key}) => `${key} = ${JSON.stringify(settingValue(config, key))}  (${origins.get(key)})`,
  );
}

function settingValue(config: Config, key: string): unknown {
  let value: unknown = config;
  // Keys come from the same schema as the config, so each step is an object.
  for (const name of key.split('.')) value = (value as Record<string, unknown>)[name];
  return value;
}

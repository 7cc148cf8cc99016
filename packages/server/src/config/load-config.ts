import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {defaultDataDir} from '@sandglass/engine/default-data-dir';
import {type FieldProblem, nearestName, SandglassError, schemaProblems} from '@sandglass/protocol';
import {Compile} from 'typebox/compile';
import {CONFIG_SCHEMA, type Config} from './config-schema.ts';
import {parseSetting} from './parse-setting.ts';
import {SETTINGS} from './settings.ts';

/** Where a value came from, strongest first. */
export type ConfigOrigin = 'flag' | 'environment' | 'file' | 'default';

/** Variables of the process, the one of ours that is no setting by name. */
export interface Environment {
  readonly [name: string]: string | undefined;
  readonly SANDGLASS_CONFIG?: string | undefined;
  readonly XDG_DATA_HOME?: string | undefined;
  /** OpenTelemetry's own names (specification, "Environment Variable Specification"). */
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_SDK_DISABLED?: string | undefined;
}

export interface ConfigSources {
  /** Flag without dashes (`data-dir`) to its text. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Environment;
  /** Relative paths and `sandglass.config.json` are looked up here. */
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Setting key to where its value came from. */
  readonly origins: ReadonlyMap<string, ConfigOrigin>;
  readonly filePath: string | null;
}

const FILE_NAME = 'sandglass.config.json';
/** Variables with our prefix that are no settings of the server: they choose the file, or belong to set-up or to the command line. */
const OTHER_VARIABLES = [
  'SANDGLASS_CONFIG',
  'SANDGLASS_SETUP_LANGUAGES',
  'SANDGLASS_SERVER',
  'SANDGLASS_API_KEY',
];

const validator = Compile(CONFIG_SCHEMA);

/**
 * Reads all settings: flags over environment over file over defaults. The file is the one named by `--config` or
 * `SANDGLASS_CONFIG`, else `sandglass.config.json` in the current folder when there is one.
 * Throws `configuration-invalid` naming the setting, where it was set, the rule, and for a misspelt name the right one.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const {config: configFlag, ...flags} = sources.flags;
  const filePath = configFlag ?? sources.env.SANDGLASS_CONFIG ?? null;
  const file = await readConfigFile(filePath, sources.cwd);
  refuseMisspelt(flags, sources.env);
  const origins = new Map<string, ConfigOrigin>();
  const values = structuredClone(file.values);
  for (const setting of SETTINGS) {
    const flag = flags[setting.flag.slice(2)];
    const variable = sources.env[setting.variable] ?? standardValue(setting.key, sources.env);
    if (flag !== undefined) put(values, setting.key, parseSetting(setting, flag));
    else if (variable !== undefined) put(values, setting.key, parseSetting(setting, variable));
    else if (get(values, setting.key) === undefined)
      put(values, setting.key, structuredClone(setting.schema.default));
    const isInFile = get(file.values, setting.key) !== undefined;
    origins.set(
      setting.key,
      flag !== undefined ? 'flag' : variable !== undefined ? 'environment' : isInFile ? 'file' : 'default',
    );
  }
  refuseInvalid(values, {origins, filePath: file.path});
  // The compiled schema has just accepted it.
  const config = values as unknown as Config;
  const dataDir = config.dataDir === '' ? defaultDataDir(sources.env) : resolve(sources.cwd, config.dataDir);
  return {config: {...config, dataDir}, origins, filePath: file.path};
}

/** What other programs of the field read as well, for settings that mean the same. */
function standardValue(key: string, env: Environment): string | undefined {
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true';
  return key === 'telemetry.otlpEndpoint' && !isOff ? env.OTEL_EXPORTER_OTLP_ENDPOINT : undefined;
}

type Values = {[name: string]: unknown};

async function readConfigFile(
  named: string | null,
  cwd: string,
): Promise<{values: Values; path: string | null}> {
  const path = named === null ? join(cwd, FILE_NAME) : resolve(cwd, named);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (named === null && isMissing) return {values: {}, path: null};
    throw invalid(
      `Cannot read the configuration file ${path}: ${isMissing ? 'there is no such file' : error}.`,
      error,
    );
  }
  try {
    const values: unknown = JSON.parse(text);
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw new Error('it is not an object');
    return {values: values as Values, path}; // Any object is a record of unknown values.
  } catch (error) {
    throw invalid(
      `Cannot read the configuration file ${path}: ${error instanceof Error ? error.message : error}. It must hold one JSON object.`,
      error,
    );
  }
}

function refuseMisspelt(flags: Readonly<Record<string, string>>, env: ConfigSources['env']): void {
  const flagNames = SETTINGS.map(({flag}) => flag.slice(2));
  for (const name of Object.keys(flags)) {
    if (flagNames.includes(name)) continue;
    const near = nearestName(name, flagNames);
    throw invalid(
      `Cannot use --${name}: there is no such setting.${near === null ? '' : ` Did you mean --${near}?`}`,
    );
  }
  const variables = [...SETTINGS.map(({variable}) => variable), ...OTHER_VARIABLES];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('SANDGLASS_') || variables.includes(name)) continue;
    // The prefix is compared apart, or every short name would look near. Names of other tools are left alone.
    const near = nearestName(
      name.slice('SANDGLASS_'.length),
      variables.map((variable) => variable.slice('SANDGLASS_'.length)),
    );
    if (near !== null)
      throw invalid(`Cannot use ${name}: there is no such setting. Did you mean SANDGLASS_${near}?`);
  }
}

function refuseInvalid(
  values: Values,
  from: {readonly origins: ReadonlyMap<string, ConfigOrigin>; readonly filePath: string | null},
): void {
  const [problem] = schemaProblems(validator, values);
  if (problem !== undefined) throw invalid(describeProblem(problem, values, from));
}

function describeProblem(
  problem: FieldProblem,
  values: Values,
  from: {readonly origins: ReadonlyMap<string, ConfigOrigin>; readonly filePath: string | null},
): string {
  const key = problem.path.slice(1).replaceAll('/', '.');
  const setting = SETTINGS.find((candidate) => key === candidate.key || key.startsWith(`${candidate.key}.`));
  if (setting === undefined) return `Cannot use "${key}" of ${from.filePath}: it ${problem.message}`;
  const value = JSON.stringify(get(values, setting.key));
  switch (from.origins.get(setting.key)) {
    case 'flag':
      return `Cannot use ${setting.flag}=${value}: it ${problem.message}.`;
    case 'environment':
      return `Cannot use ${setting.variable}=${value}: it ${problem.message}.`;
    default:
      return `Cannot use "${key}": ${value} of ${from.filePath}: it ${problem.message}.`;
  }
}

function invalid(message: string, cause?: unknown): SandglassError {
  return new SandglassError('configuration-invalid', message, {cause});
}

function get(values: Values, key: string): unknown {
  let value: unknown = values;
  for (const name of key.split('.')) value = isValues(value) ? value[name] : undefined;
  return value;
}

function put(values: Values, key: string, value: unknown): void {
  const names = key.split('.');
  const last = names.pop() ?? key;
  let parent = values;
  for (const name of names) {
    const inner = parent[name] ?? {};
    if (!isValues(inner)) return; // A scalar where a group belongs: left for the schema to refuse.
    parent[name] = inner;
    parent = inner;
  }
  parent[last] = value;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

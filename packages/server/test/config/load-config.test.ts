import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {loadConfig} from '../../src/config/load-config.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const load = async (
  sources: {flags?: Record<string, string>; env?: Record<string, string>; cwd?: string} = {},
) => await loadConfig({flags: {}, env: {}, cwd: '/nonexistent', ...sources});

describe('settings', () => {
  it('need nothing: every one has a default', async () => {
    const {config, origins} = await load();
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4400,
      limits: {wallTimeMs: 10_000},
      callback: {tries: 5},
    });
    expect(new Set(origins.values())).toEqual(new Set(['default']));
  });

  it('are taken from flags over environment over file over defaults', async () => {
    await using folder = await temporaryFolder();
    const file = {port: 1, queueLimit: 1, callback: {tries: 1, backoffMs: 1000}};
    await writeFile(join(folder.path, 'sandglass.config.json'), JSON.stringify(file));
    const env = {SANDGLASS_PORT: '2', SANDGLASS_QUEUE_LIMIT: '2'};
    const {config, origins} = await load({flags: {port: '3'}, env, cwd: folder.path});
    expect(config).toMatchObject({
      port: 3,
      queueLimit: 2,
      callback: {tries: 1, backoffMs: 1000, timeoutMs: 10_000},
    });
    expect([
      origins.get('port'),
      origins.get('queueLimit'),
      origins.get('callback.tries'),
      origins.get('host'),
    ]).toEqual(['flag', 'environment', 'file', 'default']);
  });

  it('are read as what they are', async () => {
    const flags = {'network-allow': 'a:1, b:2', 'callback-allow-private': 'yes', 'limits-cpu-count': '0.5'};
    const {config} = await load({flags});
    expect(config).toMatchObject({
      network: {allow: ['a:1', 'b:2']},
      callback: {allowPrivate: true},
      limits: {cpuCount: 0.5},
    });
  });

  it.each([
    [{flags: {prot: '1'}}, '--prot: there is no such setting. Did you mean --port?'],
    [
      {env: {SANDGLASS_QUEU_LIMIT: '1'}},
      'SANDGLASS_QUEU_LIMIT: there is no such setting. Did you mean SANDGLASS_QUEUE_LIMIT?',
    ],
    [{flags: {port: '70000'}}, '--port=70000: it must be at most 65535'],
    [{env: {SANDGLASS_PORT: 'tcp://10.0.0.1:1'}}, 'SANDGLASS_PORT="tcp://10.0.0.1:1": it must be an integer'],
    [{flags: {'log-level': 'loud'}}, 'must be one of "fatal"'],
    [{flags: {config: 'missing.json'}}, 'there is no such file'],
  ])('%j are refused by name', async (sources, message) => {
    await expect(load(sources)).rejects.toThrow(message);
    await expect(load(sources)).rejects.toMatchObject({code: 'configuration-invalid'});
  });

  it.each([
    ['{"prot": 1}', 'did you mean "port"?'],
    ['{"callback": {"tires": 1}}', 'did you mean "tries"?'],
    ['{"callback": 5}', 'must be an object'],
    ['[]', 'must hold one JSON object'],
    ['{', 'must hold one JSON object'],
  ])('of the file %s are refused', async (text, message) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'sandglass.config.json'), text);
    await expect(load({cwd: folder.path})).rejects.toThrow(message);
  });

  it('take the receiver of traces from where every program of the field takes it, unless told otherwise', async () => {
    const standard = {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318'};
    const endpoint = async (env: Readonly<Record<string, string>>) =>
      (await load({env})).config.telemetry.otlpEndpoint;
    expect(await endpoint({})).toBe('');
    expect(await endpoint(standard)).toBe('http://collector:4318');
    expect(await endpoint({...standard, SANDGLASS_TELEMETRY_OTLP_ENDPOINT: 'http://own:1'})).toBe(
      'http://own:1',
    );
    expect(await endpoint({...standard, OTEL_SDK_DISABLED: 'true'})).toBe('');
    await expect(load({env: {OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317'}})).rejects.toMatchObject({
      code: 'configuration-invalid',
    });
  });

  it('leave the variables of other tools alone', async () => {
    await expect(load({env: {SANDGLASS_SETUP_LANGUAGES: 'none', SANDGLASS_URL: 'x'}})).resolves.toBeDefined();
  });
});

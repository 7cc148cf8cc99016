import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {loadConfig, SETTINGS} from '@sandglass/server/config';
import {describe, expect, test} from 'vitest';

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname;
const KUBERNETES = join(DEPLOY, 'kubernetes');
const SYSTEMD_ANALYZE = '/usr/bin/systemd-analyze';
/** Not in every distribution; where it is, it builds what would be applied. */
const KUBECTL = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path)) ?? null;
const KINDS = [
  'ConfigMap',
  'Deployment',
  'Deployment',
  'HorizontalPodAutoscaler',
  'HorizontalPodAutoscaler',
  'Job',
  'Namespace',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
  'ServiceAccount',
];
const files = (folder: string): string[] =>
  readdirSync(join(DEPLOY, folder)).map((name) => join(folder, name));
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
const ALL = ['compose.yaml', 'docker/Dockerfile', ...files('systemd'), ...files('kubernetes')];

describe('row 55: deployment files', () => {
  test.each(ALL)('%s names only settings that there are', (path) => {
    const known = new Set(SETTINGS.map(({variable}) => variable));
    const named = [...read(path).matchAll(/SANDGLASS_[A-Z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(['compose.yaml', 'kubernetes/config.yaml'])(
    '%s gives settings values that they take',
    async (path) => {
      // What stands between "${" and "}" is the operator's.
      const given = [...read(path).matchAll(/^ +(SANDGLASS_[A-Z_]+): ([^$\n]+)$/gm)];
      expect(given.length).toBeGreaterThan(2);
      for (const [, name = '', value = ''] of given) {
        const env = {[name]: value.replace(/^'(.*)'$/, '$1')};
        await expect(loadConfig({flags: {}, env, cwd: DEPLOY})).resolves.toBeDefined();
      }
    },
  );

  test.each(['compose.yaml', 'kubernetes/config.yaml', 'systemd/sandglass-api.service'])(
    '%s lets API processes sign the same cookies',
    (path) => {
      expect(read(path)).toContain('SANDGLASS_ACCOUNTS_SECRET');
    },
  );

  test.each(ALL)('%s runs nothing privileged', (path) => {
    expect(read(path)).not.toMatch(/privileged:\s*true|allowPrivilegeEscalation:\s*true|^User=root/m);
  });

  test.skipIf(KUBECTL === null)(
    'kustomize builds one set of objects, all in the namespace and each with its image',
    () => {
      const built = execFileSync(KUBECTL ?? '', ['kustomize', KUBERNETES], {encoding: 'utf8'});
      const objects = built.split(/^---$/m);
      const kinds = objects.map((object) => /^kind: (\S+)$/m.exec(object)?.[1]);
      expect(kinds.sort()).toEqual(KINDS);
      const outside = objects.filter((object) => !/^ {2}namespace: sandglass$/m.test(object));
      expect(outside.map((object) => /^kind: (\S+)$/m.exec(object)?.[1])).toEqual(['Namespace']);
      const images = [...built.matchAll(/image: (\S+)$/gm)].map(([, image]) => image);
      expect(new Set(images)).toEqual(
        new Set(['registry.example/sandglass-api:0.1.0', 'registry.example/sandglass-worker:0.1.0']),
      );
    },
  );

  test.skipIf(!existsSync(SYSTEMD_ANALYZE))(
    'systemd finds nothing more to take from the API, and nobody is root',
    () => {
      // Its own scale: 0 is nothing exposed, 10 everything; "OK" is below 4 (systemd-analyze(1)).
      expect(exposure('systemd/sandglass-api.service')).toBeLessThan(2.5);
      expect(exposure('systemd/sandglass-worker.service')).toBeLessThan(6.5);
    },
  );

  test('every manifest is part of the kustomization, and the other way round', () => {
    const listed = [...read('kubernetes/kustomization.yaml').matchAll(/^ {2}- (\S+\.yaml)$/gm)].map(
      ([, name]) => name,
    );
    const there = readdirSync(KUBERNETES).filter((name) => name !== 'kustomization.yaml');
    expect(listed.sort()).toEqual(there.sort());
  });

  test.each(['api', 'worker'])('the %s pods are what their selectors, budgets and scalers mean', (role) => {
    const name = `sandglass-${role}`;
    const deployment = read(`kubernetes/${role}.yaml`);
    expect(deployment).toContain(`selector: {matchLabels: {app: ${name}}}`);
    expect(deployment).toContain(`labels: {app: ${name}}`);
    expect(read('kubernetes/disruption.yaml')).toContain(`selector: {matchLabels: {app: ${name}}}`);
    expect(read('kubernetes/autoscaling.yaml')).toContain(`kind: Deployment, name: ${name}}`);
    expect(deployment).toContain(`capabilities`);
    expect(deployment).toMatch(/drop: \[ALL\]/);
  });

  test('API containers drop every capability, and workers take only those that the README explains', () => {
    const added = /cap_add: \[(.*)\]/.exec(read('compose.yaml'))?.[1]?.split(', ') ?? [];
    const inPods = /add: \[(.*)\]/.exec(read('kubernetes/worker.yaml'))?.[1]?.split(', ') ?? [];
    expect(added.length).toBeGreaterThan(0);
    expect(inPods).toEqual(added);
    const readme = read('README.md');
    for (const capability of added) expect(readme).toContain(`\`${capability}\``);
    expect(read('kubernetes/api.yaml')).not.toMatch(/add: \[/);
  });

  test('the proxy passes upgrades, redirects plain HTTP and hides what is for the inside', () => {
    const proxy = read('proxy/nginx.conf');
    expect(proxy).toContain('proxy_set_header Upgrade $http_upgrade;');
    expect(proxy).toContain('return 308 https://$host$request_uri;');
    expect(proxy).toMatch(/location ~ \^\/\(metrics\|readyz\)\$ \{\s+return 404;/);
    expect(proxy).toContain('proxy_buffering off;');
  });

  test('the dashboard asks only for figures that are counted', () => {
    const source = readFileSync(
      new URL('../../packages/server/src/metrics/metrics.ts', import.meta.url),
      'utf8',
    );
    const asked = [...read('grafana/sandglass.json').matchAll(/sandglass_[a-z_]+/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    );
    expect(() => JSON.parse(read('grafana/sandglass.json'))).not.toThrow();
    expect(asked.length).toBeGreaterThan(5);
    for (const name of asked) expect(source).toContain(`'${name}'`);
  });

  test.skipIf(!existsSync(SYSTEMD_ANALYZE))('systemd understands every line of the units', () => {
    for (const unit of files('systemd')) {
      // The program and its user are installed where the unit is; everything else systemd must know.
      const said = verify(join(DEPLOY, unit)).filter((line) => line.includes(unit.split('/')[1] ?? unit));
      expect(said.filter((line) => !/is not executable|Command .* not found/.test(line))).toEqual([]);
    }
  });
});

function exposure(unit: string): number {
  const said = execFileSync(SYSTEMD_ANALYZE, ['security', '--offline=true', join(DEPLOY, unit)], {
    encoding: 'utf8',
  });
  return Number(/Overall exposure level for \S+: (\S+)/.exec(said)?.[1]);
}

function verify(path: string): string[] {
  try {
    execFileSync(SYSTEMD_ANALYZE, ['verify', path], {encoding: 'utf8', stdio: 'pipe'});
    return [];
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return stderr.split('\n').filter((line) => line !== '');
  }
}

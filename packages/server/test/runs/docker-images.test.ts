import {execFileSync} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ImageStore, imageStoreFolder, pullImage} from '@sandglass/images';
import type {Run, RunRequest} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {hostTools} from '../../../engine/test/support/small-image.ts';
import {makeLayout} from '../../../images/test/support/make-layout.ts';
import {canRun} from '../../../images/test/support/needs.ts';
import {HTPASSWD, openRegistry, type Registry} from '../../../images/test/support/registry.ts';
import {DockerDaemon, hasDocker} from '../../../sandbox/test/drivers/docker/support/docker-daemon.ts';
import {ServedEngine} from '../support/served-engine.ts';

const PASSWORD = 'open sesame';
const MIB = 1024 * 1024;

describe.skipIf(
  !hasDocker ||
    !canRun('the suite of registry images at the docker level', ['skopeo', 'umoci', 'docker-registry']),
)('an image of a private registry at the level docker', () => {
  const owned = new AsyncDisposableStack();
  let url: string;
  const progress: string[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-docker-images-'));
    owned.defer(() => rm(folder, {recursive: true, force: true}));
    const registry = owned.use(await openRegistry(join(folder, 'registry'), {htpasswd: HTPASSWD}));
    const authFile = join(folder, 'auth.json');
    const auth = Buffer.from(`robot:${PASSWORD}`).toString('base64');
    await writeFile(authFile, JSON.stringify({auths: {[registry.host]: {auth}}}), {mode: 0o600});
    const reference = await push(registry, {folder, authFile});
    const daemon = owned.use(await DockerDaemon.start());
    const served = owned.use(
      await ServedEngine.start(
        ['bash'],
        {
          isolation: {allowed: ['docker']},
          docker: {socketPath: daemon.socketPath},
          images: {offered: ['host', 'pulled']},
          pool: {floor: 1},
        },
        async (dataDir) => {
          await mkdir(imageStoreFolder(dataDir), {recursive: true});
          const {image} = await pullImage(new ImageStore(imageStoreFolder(dataDir)), {
            name: 'pulled',
            reference,
            access: {authFile, insecure: true},
            onProgress: (step) => progress.push(JSON.stringify(step)),
            signal: undefined,
          });
          expect(await readFile(join(image.rootDir, 'etc/mark'), 'utf8')).toBe('from the registry\n');
        },
      ),
    );
    ({url} = owned.use(await served.serve({})));
  }, 120_000);
  afterAll(() => owned.disposeAsync());

  /** By its digest, so that nothing else can come in its place. */
  async function push(
    {host}: Registry,
    {folder, authFile}: {readonly folder: string; readonly authFile: string},
  ): Promise<string> {
    const layout = join(folder, 'layout');
    const mark = {name: 'etc/mark', content: 'from the registry\n'};
    const {manifestDigest} = await makeLayout(layout, [[...hostTools(), mark]]);
    const copy = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--dest-authfile', authFile];
    execFileSync('skopeo', [...copy, `oci:${layout}:latest`, `docker://${host}/team/tools:1`], {
      stdio: 'pipe',
    });
    return `${host}/team/tools@${manifestDigest}`;
  }

  async function run(request: Partial<RunRequest>): Promise<Run> {
    const answer = await fetch(`${url}/v1/runs?wait=30000`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({language: 'bash', ...request}),
    });
    return (await answer.json()) as Run; // The server's own words, as its contract has them.
  }

  it('is fetched with progress, proven there, and runs the programs that name it', async () => {
    expect(progress.length).toBeGreaterThan(1);
    const ended = await run({code: 'cat /etc/mark; ls /usr/bin | wc -l; id -u', image: 'pulled'});
    expect(ended).toMatchObject({
      outcome: 'ok',
      run: {stdout: 'from the registry\n4\n1000\n'},
      isolation: {driver: 'docker'},
    });
    const host = await run({code: '[ -e /etc/mark ] || echo none'});
    expect(host).toMatchObject({outcome: 'ok', run: {stdout: 'none\n'}});
  });

  it('is not confused with one that nobody offers', async () => {
    expect(await run({code: 'true', image: 'puled'})).toMatchObject({code: 'unknown-image'});
  });

  it('holds a request to its own limits, in a container that was ready', async () => {
    const code = 'x=$(head -c 40M /dev/zero | tr "\\\\0" x); printf %s "$x" | wc -c';
    const memory = (bytes: number) => run({code, limits: {memoryBytes: bytes, wallTimeMs: 60_000}});
    expect(await memory(48 * MIB)).toMatchObject({outcome: 'memory-limit'});
    expect(await memory(512 * MIB)).toMatchObject({outcome: 'ok', run: {stdout: `${40 * MIB}\n`}});
  });
});

import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {pullImage} from '../../src/oci/pull-image.ts';
import {makeLayout} from '../support/make-layout.ts';
import {canRun} from '../support/needs.ts';
import {HTPASSWD, openRegistry, type Registry} from '../support/registry.ts';
import {openStoreLab, type StoreLab} from '../support/store-lab.ts';

const CLI = join(import.meta.dirname, '../../../cli/src/main.ts');
const LAYERS = [[{name: 'usr/bin/tool', content: 'from a registry', mode: 0o755}]];
const PASSWORD = 'open sesame';

describe.skipIf(!canRun('the suite of registries', ['skopeo', 'umoci', 'docker-registry']))(
  'Pulling an image',
  () => {
    const owned = new AsyncDisposableStack();
    let lab: StoreLab;
    let open: Registry;
    let closed: Registry;
    let authFile: string;

    beforeAll(async () => {
      lab = owned.use(await openStoreLab());
      open = owned.use(await openRegistry(join(lab.folder, 'open'), {htpasswd: null}));
      closed = owned.use(await openRegistry(join(lab.folder, 'closed'), {htpasswd: HTPASSWD}));
      authFile = join(lab.folder, 'auth.json');
      const auth = Buffer.from(`robot:${PASSWORD}`).toString('base64');
      await writeFile(authFile, JSON.stringify({auths: {[closed.host]: {auth}}}), {mode: 0o600});
      await makeLayout(join(lab.folder, 'layout'), LAYERS);
      const push = (...args: string[]) =>
        execFileSync('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', ...args], {
          stdio: 'pipe',
        });
      push(`oci:${join(lab.folder, 'layout')}:latest`, `docker://${open.host}/team/tools:1`);
      push(
        '--dest-authfile',
        authFile,
        `oci:${join(lab.folder, 'layout')}:latest`,
        `docker://${closed.host}/team/tools:1`,
      );
    });
    afterAll(() => owned.disposeAsync());

    const pull = (name: string, reference: string, auth: string | null = null) =>
      pullImage(lab.store, {
        name,
        reference,
        access: {authFile: auth, insecure: true},
        onProgress: () => undefined,
        signal: undefined,
      });

    it('fetches it from a registry once, and only asks when it has not changed', async () => {
      const first = await pull('tools', `${open.host}/team/tools:1`);
      expect(await readFile(join(first.image.rootDir, 'usr/bin/tool'), 'utf8')).toBe('from a registry');
      expect(first.image.source).toMatchObject({
        kind: 'oci',
        layers: 1,
        manifestDigest: expect.stringMatching(/^sha256:/),
      });
      expect(await pull('tools', `${open.host}/team/tools:1`)).toEqual({image: first.image, isNew: false});
    });

    it('makes of an image what umoci makes of it', async () => {
      const {image} = await pull('tools', `${open.host}/team/tools:1`);
      const bundle = join(lab.folder, 'bundle');
      execFileSync(
        'umoci',
        ['unpack', '--rootless', '--image', `${join(lab.folder, 'layout')}:latest`, bundle],
        {stdio: 'pipe'},
      );
      const other = join(bundle, 'rootfs/usr/bin/tool');
      expect(await readFile(other, 'utf8')).toBe(await readFile(join(image.rootDir, 'usr/bin/tool'), 'utf8'));
      expect((await stat(other)).mode).toBe((await stat(join(image.rootDir, 'usr/bin/tool'))).mode);
    });

    it('takes archives of both kinds', async () => {
      for (const kind of ['oci-archive', 'docker-archive']) {
        const file = join(lab.folder, `${kind}.tar`);
        execFileSync(
          'skopeo',
          [
            '--insecure-policy',
            'copy',
            `oci:${join(lab.folder, 'layout')}:latest`,
            `${kind}:${file}:tools:1`,
          ],
          {stdio: 'pipe'},
        );
        const {image} = await pull(kind, `${kind}:${file}`);
        expect(await readFile(join(image.rootDir, 'usr/bin/tool'), 'utf8')).toBe('from a registry');
      }
    });

    it('is refused by a private registry without credentials, and served with them', async () => {
      await expect(pull('private', `${closed.host}/team/tools:1`)).rejects.toMatchObject({
        code: 'image-unavailable',
        message: expect.stringMatching(/unauthorized|authentication required/i),
      });
      expect((await pull('private', `${closed.host}/team/tools:1`, authFile)).isNew).toBe(true);
    });

    it('takes a password from standard input, shows it to nobody, and leaves no file with it', async () => {
      const temporary = join(lab.folder, 'tmp');
      execFileSync('mkdir', ['-p', temporary]);
      const child = spawn(
        process.execPath,
        [
          CLI,
          'images',
          'pull',
          `docker://${closed.host}/team/tools:1`,
          '--name',
          'by-password',
          '--username',
          'robot',
          '--password-stdin',
          '--insecure',
          '--json',
        ],
        {
          env: {...process.env, SANDGLASS_DATA_DIR: join(lab.folder, 'data'), TMPDIR: temporary},
          stdio: 'pipe',
        },
      );
      let said = '';
      child.stdout.on('data', (data: Buffer) => (said += data.toString()));
      child.stderr.on('data', (data: Buffer) => (said += data.toString()));
      child.stdin.end(`${PASSWORD}\n`);
      const seen = watchArguments(child);
      const [code] = await once(child, 'exit');
      // No language runs in an image of one text file; that is what it says, and no fault.
      expect(code, said).toBe(0);
      expect(said).not.toContain(PASSWORD);
      expect(seen()).not.toContain(PASSWORD);
      expect(await readdir(temporary)).toEqual([]);
    });

    it('takes just the image of a pinned digest, and none where there is no such one', async () => {
      const {image} = await pull('tools', `${open.host}/team/tools:1`);
      const digest = image.source.kind === 'oci' ? image.source.manifestDigest : '';
      const pinned = await pull('pinned', `${open.host}/team/tools@${digest}`);
      expect(pinned.image.digest).toBe(image.digest);
      const other = `${open.host}/team/tools@sha256:${'0'.repeat(64)}`;
      await expect(pull('other', other)).rejects.toMatchObject({code: 'image-unavailable'});
      expect(await lab.store.find('other')).toBeNull();
    });

    it('says which image is not there, and that a registry does not answer', async () => {
      await expect(pull('none', `${open.host}/team/none:1`)).rejects.toMatchObject({
        code: 'image-unavailable',
      });
      await expect(pull('none', '127.0.0.1:9/none:1')).rejects.toMatchObject({
        code: 'image-unavailable',
        message: expect.stringMatching(/refused/),
      });
    });

    /** Only gzip files are layers. */
    const forEachLayer = (damage: (path: string) => void): void => {
      for (const entry of readdirSync(open.folder, {recursive: true, withFileTypes: true})) {
        const path = join(entry.parentPath, entry.name);
        if (entry.name === 'data' && readFileSync(path).subarray(0, 2).equals(GZIP)) damage(path);
      }
    };

    // Last, as they damage the registry.
    it('is given up when a layer is not what its digest says', async () => {
      forEachLayer((path) => {
        const content = readFileSync(path);
        const last = content.length - 1;
        content[last] = (content[last] ?? 0) ^ 1;
        writeFileSync(path, content);
      });
      await expect(pull('other', `${open.host}/team/tools:1`)).rejects.toMatchObject({
        code: expect.stringMatching(/^image-(refused|unavailable)$/),
        message: expect.stringMatching(/digest/i),
      });
      expect(await lab.store.find('other')).toBeNull();
      expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
    });

    it('is given up when a layer comes cut off, and leaves nothing', async () => {
      forEachLayer((path) => truncateSync(path, 20));
      await expect(pull('cut', `${open.host}/team/tools:1`)).rejects.toThrow();
      expect(await lab.store.find('cut')).toBeNull();
      expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
    });
  },
);

const GZIP = Buffer.from([0x1f, 0x8b]);

/** Every argument of every process that begins while the child lives, as any user of the machine could read it. */
function watchArguments(child: ReturnType<typeof spawn>): () => string {
  const seen = new Set<string>();
  const look = () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    seen.add(execFileSync('ps', ['-eo', 'args'], {encoding: 'utf8'}));
    setTimeout(look, 20);
  };
  look();
  return () => [...seen].join('\n');
}

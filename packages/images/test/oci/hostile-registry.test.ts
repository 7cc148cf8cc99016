import {execFileSync, spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import type {ServerResponse} from 'node:http';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {DEFAULT_BOUNDS, type ImageBounds} from '../../src/bounds.ts';
import {pullImage} from '../../src/oci/pull-image.ts';
import {ImageStore} from '../../src/store/image-store.ts';
import {type FakeRegistry, type Misbehave, openFakeRegistry} from '../support/fake-registry.ts';
import {makeLayout} from '../support/make-layout.ts';
import {canRun} from '../support/needs.ts';
import {openStoreLab, type StoreLab} from '../support/store-lab.ts';

const MIB = 1024 * 1024;
const LAYER_BYTES = 2 * MIB;

/** Does nothing, which is what a registry does that never answers. */
const never = () => true;
const honest: Misbehave = () => false;

/** Blanks, which JSON may begin with; a turn for everybody else between any two pieces. */
function writeWithoutEnd(response: ServerResponse): void {
  if (!response.destroyed)
    response.write(Buffer.alloc(MIB, 0x20), () => setImmediate(writeWithoutEnd, response));
}

describe.skipIf(!canRun('the suite of hostile registries', ['skopeo', 'setpriv']))('A registry', () => {
  let owned: AsyncDisposableStack;
  let lab: StoreLab;
  beforeEach(async () => {
    owned = new AsyncDisposableStack();
    lab = owned.use(await openStoreLab());
    // Random bytes: the file is as long as what is in it.
    await makeLayout(layout(), [[{name: 'usr/bin/tool', content: randomBytes(LAYER_BYTES)}]]);
  });
  afterEach(() => owned.disposeAsync());

  const layout = () => join(lab.folder, 'layout');
  const serve = async (misbehave: Misbehave): Promise<FakeRegistry> =>
    owned.use(await openFakeRegistry(layout(), misbehave));
  const pull = (
    registry: FakeRegistry,
    {
      bounds = {},
      authFile = null,
      store = lab.store,
    }: {
      readonly bounds?: Partial<ImageBounds>;
      readonly authFile?: string | null;
      readonly store?: ImageStore;
    } = {},
  ) =>
    pullImage(store, {
      name: 'tools',
      reference: `${registry.host}/team/tools:1`,
      access: {authFile, insecure: true},
      bounds: {...DEFAULT_BOUNDS, ...bounds},
      onProgress: () => undefined,
      signal: undefined,
    });
  const expectNothingKept = async () => {
    expect(await lab.store.list()).toEqual([]);
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
    // Made by the first content that is kept.
    expect(await readdir(join(lab.store.folder, 'objects')).catch(() => [])).toEqual([]);
  };

  /** The first half of a layer, with the headers of all of it. */
  const half =
    (after: (response: Parameters<Misbehave>[1]) => void): Misbehave =>
    (asked, response) => {
      if (asked.kind !== 'blob' || !asked.isLayer) return false;
      response.writeHead(200, {'content-length': LAYER_BYTES});
      response.write(Buffer.alloc(LAYER_BYTES / 2, 1), () => after(response));
      return true;
    };

  it.each<[string, Misbehave, Partial<ImageBounds>, RegExp]>([
    ['never answers', never, {silenceMs: 700}, /hardly anything came within 0.7 s/],
    [
      'stops in the middle of a layer',
      half(() => undefined),
      {silenceMs: 2500},
      /hardly anything came within 2.5 s/,
    ],
    [
      'sends drops, so that it is never silent',
      half((response) => {
        const timer = setInterval(() => response.write('.'), 50);
        response.on('close', () => clearInterval(timer));
      }),
      {silenceMs: 2500},
      /hardly anything came within 2.5 s/,
    ],
    [
      'cuts a layer off',
      half((response) => response.destroy()),
      {},
      /Cannot copy the image: .*(EOF|reset|closed)/,
    ],
    [
      'sends less than it says',
      (asked, response) => {
        if (asked.kind !== 'blob' || !asked.isLayer) return false;
        response.end(Buffer.alloc(1000));
        return true;
      },
      {},
      /digest/i,
    ],
    [
      'sends a layer without end',
      (asked, response) => {
        if (asked.kind !== 'blob' || !asked.isLayer) return false;
        response.writeHead(200);
        writeWithoutEnd(response);
        return true;
      },
      {documentBytes: MIB},
      /more than \d+ bytes came/,
    ],
    [
      'answers with a page of HTML',
      (asked, response) => {
        if (asked.kind !== 'manifest') return false;
        response
          .writeHead(200, {'content-type': 'text/html'})
          .end('<!doctype html><title>Please log in</title>');
        return true;
      },
      {},
      /its manifest is not JSON/,
    ],
    [
      'sends a manifest without end',
      (asked, response) => {
        if (asked.kind !== 'manifest') return false;
        response.writeHead(200, {'content-type': 'application/vnd.oci.image.manifest.v1+json'});
        writeWithoutEnd(response);
        return true;
      },
      {},
      /Cannot inspect the image/,
    ],
    [
      'sends a configuration without end',
      (asked, response) => {
        if (asked.kind !== 'blob' || asked.isLayer) return false;
        response.writeHead(200);
        writeWithoutEnd(response);
        return true;
      },
      {documentBytes: MIB},
      /Cannot copy the image|more than \d+ bytes came/,
    ],
    ...[400, 401, 403, 500, 503].map((status): [string, Misbehave, Partial<ImageBounds>, RegExp] => [
      `answers ${status} to everything`,
      (_asked, response) => {
        response.writeHead(status).end('no');
        return true;
      },
      {},
      /Cannot inspect the image/,
    ]),
    [
      'answers 429 to everything',
      (asked, response) => {
        if (asked.kind === 'ping') return false;
        response.writeHead(429, {'retry-after': '1'}).end();
        return true;
      },
      {silenceMs: 1500},
      /hardly anything came|Too Many Requests/i,
    ],
  ])('that %s is given up, and nothing of it stays', async (_title, misbehave, bounds, reason) => {
    const registry = await serve(misbehave);
    await expect(pull(registry, {bounds})).rejects.toMatchObject({
      code: expect.stringMatching(/^image-(refused|unavailable)$/),
      message: expect.stringMatching(reason),
    });
    await expectNothingKept();
    await expect.poll(registry.connections).toBe(0);
    // What came before is no hindrance to what comes next.
    expect((await pull(await serve(honest))).isNew).toBe(true);
  });

  it('is let go when whoever pulls is killed, and nothing of it is in the way of the next', async () => {
    const registry = await serve(half(() => undefined));
    const puller = join(import.meta.dirname, 'children/pull-quietly.ts');
    const child = spawn(process.execPath, [puller, lab.store.folder, `${registry.host}/team/tools:1`], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await expect.poll(() => readdir(join(lab.store.folder, 'drafts')).catch(() => [])).toHaveLength(1);
    const [draft = ''] = await readdir(join(lab.store.folder, 'drafts'));
    await expect
      .poll(() => readdir(join(lab.store.folder, 'drafts', draft, 'oci')).catch(() => []))
      .not.toEqual([]);
    child.kill('SIGKILL');
    await ended;
    await expect.poll(registry.connections).toBe(0);
    expect((await pull(await serve(honest))).isNew).toBe(true);
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'whose image does not fit says so, and leaves the disk as empty as it was',
    async () => {
      const place = join(lab.folder, 'small');
      await mkdir(place);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
      try {
        const store = new ImageStore(join(place, 'images'));
        const registry = await serve(honest);
        await expect(pull(registry, {store})).rejects.toMatchObject({
          code: 'image-unavailable',
          message: expect.stringMatching(/disk is full/),
        });
        expect(await readdir(join(store.folder, 'drafts'))).toEqual([]);
      } finally {
        execFileSync('umount', [place]);
      }
    },
  );

  it('that has a list of images gives the one for this machine, which is asked for by its digest', async () => {
    const path = join(layout(), 'index.json');
    const {manifests} = JSON.parse(await readFile(path, 'utf8'));
    const own = {os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch};
    const strange = {
      ...manifests[0],
      digest: `sha256:${'0'.repeat(64)}`,
      platform: {os: 'linux', architecture: 's390x'},
    };
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const list = Buffer.from(
      JSON.stringify({schemaVersion: 2, mediaType, manifests: [strange, {...manifests[0], platform: own}]}),
    );
    const digest = `sha256:${createHash('sha256').update(list).digest('hex')}`;
    await writeFile(join(layout(), 'blobs/sha256', digest.slice('sha256:'.length)), list);
    await writeFile(
      path,
      JSON.stringify({schemaVersion: 2, manifests: [{mediaType, digest, size: list.length}]}),
    );

    const registry = await serve(honest);
    const {image} = await pull(registry);
    expect((await readFile(join(image.rootDir, 'usr/bin/tool'))).length).toBe(LAYER_BYTES);
    expect(image.source).toMatchObject({manifestDigest: digest});
    expect(registry.requests.map(({url}) => url)).toContain(
      `/v2/team/tools/manifests/${manifests[0].digest}`,
    );
    expect(registry.requests.map(({url}) => url)).not.toContain(`/v2/team/tools/manifests/${strange.digest}`);
    expect(await pull(registry)).toMatchObject({isNew: false});
  });

  it('that answers with another image than it was asked for is refused', async () => {
    const pinned = `sha256:${'1'.repeat(64)}`;
    const registry = await serve((asked, response) => {
      if (asked.kind !== 'manifest') return false;
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      response.writeHead(200, {'content-type': mediaType, 'docker-content-digest': pinned});
      response.end(JSON.stringify({schemaVersion: 2, mediaType, layers: []}));
      return true;
    });
    const reference = `${registry.host}/team/tools@${pinned}`;
    const access = {authFile: null, insecure: true};
    const pulling = pullImage(lab.store, {
      name: 'tools',
      reference,
      access,
      onProgress: () => undefined,
      signal: undefined,
    });
    await expect(pulling).rejects.toMatchObject({
      code: expect.stringMatching(/^image-(refused|unavailable)$/),
    });
    await expectNothingKept();
  });

  it('that is too busy at first is asked again', async () => {
    let refusals = 1;
    const registry = await serve((asked, response) => {
      if (asked.kind !== 'manifest' || refusals === 0) return false;
      refusals -= 1;
      response.writeHead(429, {'retry-after': '1'}).end();
      return true;
    });
    expect((await pull(registry)).isNew).toBe(true);
  });

  it('that sends its clients elsewhere gives nobody there the credentials', async () => {
    const elsewhere = await serve(honest);
    const registry = await serve((asked, response, request) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, {'www-authenticate': 'Basic realm="test"'}).end();
        return true;
      }
      if (asked.kind !== 'blob') return false;
      response.writeHead(307, {location: `http://localhost:${elsewhere.port}${request.url}`}).end();
      return true;
    });
    const authFile = join(lab.folder, 'auth.json');
    const auth = Buffer.from('robot:open sesame').toString('base64');
    await writeFile(authFile, JSON.stringify({auths: {[registry.host]: {auth}}}), {mode: 0o600});
    const {image} = await pull(registry, {authFile});
    expect((await readFile(join(image.rootDir, 'usr/bin/tool'))).length).toBe(LAYER_BYTES);
    expect(registry.requests.some(({authorization}) => authorization === `Basic ${auth}`)).toBe(true);
    expect(elsewhere.requests.length).toBeGreaterThan(0);
    expect(
      elsewhere.requests.map(({authorization}) => authorization).filter((each) => each !== undefined),
    ).toEqual([]);
  });
});

import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import Fastify from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {sendProblem} from '../src/http/send-problem.ts';
import {registerWeb} from '../src/routes/web.ts';
import {loadWebAssets, NONCE_PLACEHOLDER, type WebAssets} from '../src/web-assets.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-web-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), `<meta nonce="${NONCE_PLACEHOLDER}"><div></div>`);
  await writeFile(join(folder, 'favicon.svg'), '<svg/>');
  await writeFile(join(folder, '.built-from'), 'digest');
  await writeFile(join(folder, 'assets/index-abc.js'), 'export {};');
});
afterAll(async () => {
  await rm(folder, {recursive: true, force: true});
});

function serve(assets: WebAssets | null) {
  const app = Fastify();
  app.setErrorHandler((error, _request, reply) => sendProblem(error, reply));
  registerWeb(app, assets);
  return app;
}

describe('the built page', () => {
  test('is all of its files and nothing hidden', () => {
    expect([...(loadWebAssets(folder)?.files.keys() ?? [])].sort()).toEqual([
      '/assets/index-abc.js',
      '/favicon.svg',
    ]);
  });

  test('is null when it has not been built', () => {
    expect(loadWebAssets(join(folder, 'missing'))).toBeNull();
  });

  test('with a file of an unknown type is refused', async () => {
    const other = await mkdtemp(join(tmpdir(), 'sandglass-web-'));
    await writeFile(join(other, 'index.html'), '');
    await writeFile(join(other, 'page.exe'), '');
    expect(() => loadWebAssets(other)).toThrow('page.exe');
    await rm(other, {recursive: true});
  });
});

describe('the page as served', () => {
  test('allows styles by a nonce that no two answers share, and scripts only as files', async () => {
    await using app = serve(loadWebAssets(folder));
    const [first, second] = [await app.inject('/'), await app.inject('/')];
    const policy = String(first.headers['content-security-policy']);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(first.body).toContain(`nonce="${nonce}"`);
    expect(second.body).not.toContain(nonce);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(first.headers['referrer-policy']).toBe('no-referrer');
  });

  test('may be kept for good only where the name carries a hash', async () => {
    await using app = serve(loadWebAssets(folder));
    const script = await app.inject('/assets/index-abc.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect((await app.inject('/favicon.svg')).headers['cache-control']).toBeUndefined();
  });

  test.each([
    '/index.html',
    '/.built-from',
    '/assets/../index.html',
    '/assets/%2e%2e/.built-from',
    '/assets/',
  ])('has nothing at %s', async (path) => {
    await using app = serve(loadWebAssets(folder));
    expect((await app.inject(path)).statusCode).toBe(404);
  });

  test('says what brings it when it has not been built', async () => {
    await using app = serve(null);
    const answer = await app.inject('/');
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('npm start');
  });
});

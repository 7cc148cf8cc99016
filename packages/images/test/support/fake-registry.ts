import {createReadStream, existsSync, readFileSync, statSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {join} from 'node:path';

/** What a client asks a registry for (OCI distribution specification). */
export type Asked =
  | {readonly kind: 'ping'}
  | {readonly kind: 'manifest'; readonly tag: string}
  /** `isLayer` is false for the configuration. */
  | {readonly kind: 'blob'; readonly digest: string; readonly isLayer: boolean}
  | {readonly kind: 'other'};

export interface FakeRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  /** Everything that came, in order. */
  readonly requests: readonly {readonly url: string; readonly authorization: string | undefined}[];
  /** Connections that are open now. */
  readonly connections: () => Promise<number>;
}

/** Answers as a hostile or broken registry does; false leaves it to the honest answer. */
export type Misbehave = (asked: Asked, response: ServerResponse, request: IncomingMessage) => boolean;

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
}

/** A registry on a free port that serves the image of a layout folder, but for what `misbehave` does instead. */
export async function openFakeRegistry(layout: string, misbehave: Misbehave): Promise<FakeRegistry> {
  const blob = (digest: string) => join(layout, 'blobs/sha256', digest.slice('sha256:'.length));
  const index: {readonly manifests: readonly Descriptor[]} = readJson(join(layout, 'index.json'));
  const [top] = index.manifests;
  if (top === undefined) throw new Error('The layout has no image.');
  const layers = new Set(layersBelow(top, blob));
  const requests: {url: string; authorization: string | undefined}[] = [];

  const server = createServer((request, response) => {
    const {url = '', headers, method} = request;
    requests.push({url, authorization: headers.authorization});
    // Who gave up on us is no fault of the test.
    response.on('error', () => undefined);
    const asked = understand(url, layers);
    if (misbehave(asked, response, request)) return;
    if (asked.kind === 'ping') response.end('{}');
    else if (asked.kind === 'manifest')
      sendManifest(response, {
        method,
        digest: asked.tag.startsWith('sha256:') ? asked.tag : top.digest,
        blob,
      });
    else if (asked.kind === 'blob')
      send(response, {
        method,
        path: blob(asked.digest),
        type: 'application/octet-stream',
        digest: asked.digest,
      });
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    port: address.port,
    requests,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function understand(url: string, layers: ReadonlySet<string>): Asked {
  if (/^\/v2\/?$/.test(url)) return {kind: 'ping'};
  const [, kind = '', name = ''] = /^\/v2\/.+\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? [];
  if (kind === 'manifests') return {kind: 'manifest', tag: name};
  return kind === 'blobs' ? {kind: 'blob', digest: name, isLayer: layers.has(name)} : {kind: 'other'};
}

function send(
  response: ServerResponse,
  {
    method,
    path,
    type,
    digest,
  }: {
    readonly method: string | undefined;
    readonly path: string;
    readonly type: string;
    readonly digest: string;
  },
): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': statSync(path).size,
    'docker-content-digest': digest,
  });
  if (method === 'HEAD') response.end();
  else createReadStream(path).pipe(response);
}

/** Through lists, to the layers of each image that is there. */
function layersBelow({digest}: Pick<Descriptor, 'digest'>, blob: (digest: string) => string): string[] {
  if (!existsSync(blob(digest))) return [];
  const document: {readonly manifests?: readonly Descriptor[]; readonly layers?: readonly Descriptor[]} =
    readJson(blob(digest));
  const inner = (document.manifests ?? []).flatMap((each) => layersBelow(each, blob));
  return [...inner, ...(document.layers ?? []).map((layer) => layer.digest)];
}

function sendManifest(
  response: ServerResponse,
  {
    method,
    digest,
    blob,
  }: {
    readonly method: string | undefined;
    readonly digest: string;
    readonly blob: (digest: string) => string;
  },
): void {
  const {mediaType}: {readonly mediaType: string} = readJson(blob(digest));
  send(response, {method, path: blob(digest), type: mediaType, digest});
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8'));
}

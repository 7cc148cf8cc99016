import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {freePort, ServiceProcess} from './service-process.ts';

const NGINX = '/usr/sbin/nginx';
const START_TIMEOUT_MS = 20_000;

/** Debian's nginx and what makes its certificate; without them its tests are skipped and say so. */
export const hasNginx = existsSync(NGINX) && existsSync('/usr/bin/openssl');
if (!hasNginx)
  process.stderr.write(
    'Tests of the proxy do not run. As root: apt-get install -y --no-install-recommends nginx-light openssl\n',
  );

/**
 * A real nginx with the configuration that is deployed, in front of servers of a test. Only what belongs to a place is changed in it: ports,
 * addresses, the folder of the certificate, and one line that an older nginx writes otherwise.
 */
export class NginxService implements AsyncDisposable {
  readonly plainUrl: string;
  readonly url: string;
  /** PEM. Good for 127.0.0.1. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #process: ServiceProcess;

  private constructor(parts: {
    folder: string;
    process: ServiceProcess;
    ports: {plain: number; tls: number};
    certificate: string;
  }) {
    this.#folder = parts.folder;
    this.#process = parts.process;
    this.certificate = parts.certificate;
    this.plainUrl = `http://127.0.0.1:${parts.ports.plain}`;
    this.url = `https://127.0.0.1:${parts.ports.tls}`;
  }

  /** `upstream` are `host:port` of the servers behind it. */
  static async start(configuration: string, upstream: readonly string[]): Promise<NginxService> {
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-nginx-'));
    await makeCertificate(folder);
    const ports = {plain: await freePort(), tls: await freePort()};
    const path = join(folder, 'nginx.conf');
    await writeFile(path, placed(configuration, {folder, ports, upstream}));
    const log = join(folder, 'error.log');
    const args = ['-e', log, '-p', folder, '-c', path, '-g', `daemon off; pid ${join(folder, 'pid')};`];
    const process = new ServiceProcess({program: NGINX, args, user: {}, cwd: folder});
    const certificate = await readFile(join(folder, 'tls.crt'), 'utf8');
    const service = new NginxService({folder, process, ports, certificate});
    try {
      await process.ready(() => isListening(ports.tls), START_TIMEOUT_MS);
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGTERM');
    await rm(this.#folder, {recursive: true, force: true});
  }
}

async function makeCertificate(folder: string): Promise<void> {
  await promisify(execFile)('/usr/bin/openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')],
    ...['-subj', '/CN=sandglass test', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
}

function placed(
  configuration: string,
  {
    folder,
    ports,
    upstream,
  }: {
    readonly folder: string;
    readonly ports: {readonly plain: number; readonly tls: number};
    readonly upstream: readonly string[];
  },
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ');
  const changes: readonly (readonly [from: string, to: string])[] = [
    ['http {', `http { access_log off; ${temporary}`],
    ['listen 80;', `listen 127.0.0.1:${ports.plain};`],
    // nginx has had `http2 on` since 1.25.1; Debian 12 has 1.22.
    ['listen 443 ssl;\n    http2 on;', `listen 127.0.0.1:${ports.tls} ssl http2;`],
    ['/etc/nginx/tls/tls.crt', join(folder, 'tls.crt')],
    ['/etc/nginx/tls/tls.key', join(folder, 'tls.key')],
    ['server api:4400;', upstream.map((address) => `server ${address};`).join(' ')],
  ];
  let text = configuration;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`The configuration of the proxy has no "${from}" any more.`);
    text = text.replace(from, to);
  }
  return text;
}

async function isListening(port: number): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => resolve(true));
  socket.on('error', () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}

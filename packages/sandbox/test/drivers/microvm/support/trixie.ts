import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const MIRROR = 'http://deb.debian.org/debian';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LOADER = 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2';

export interface Trixie extends Disposable {
  /** Debian 13's kernel for virtual machines, as a package. */
  readonly kernelPackage: string;
  /** A program that is Debian 13's QEMU, with the libraries and firmware of Debian 13. */
  readonly qemu: string;
}

/** Parts of Debian 13 on a machine that may be another Debian: fetched from its mirror, not installed. They vanish with their owner. */
export function fetchTrixie(): Trixie {
  // Monitors have users of their own, who must be able to come here.
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-trixie-'));
  const dispose = () => rmSync(folder, {recursive: true, force: true});
  try {
    chmodSync(folder, 0o755);
    return {kernelPackage: fetchKernel(folder), qemu: fetchQemu(folder), [Symbol.dispose]: dispose};
  } catch (error) {
    dispose();
    throw error;
  }
}

/** With lists and a cache of its own, so that the machine's own apt notices nothing. */
function fetchKernel(folder: string): string {
  const own = join(folder, 'apt');
  for (const name of ['lists/partial', 'archives/partial', 'kernel'])
    mkdirSync(join(own, name), {recursive: true});
  writeFileSync(join(own, 'sources.list'), `deb [signed-by=${KEYS}] ${MIRROR} trixie main\n`);
  const options = [
    `Dir::Etc::SourceList=${own}/sources.list`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${own}/lists`,
    `Dir::Cache=${own}`,
    'Dir::State::status=/dev/null',
    'APT::Sandbox::User=root',
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option]);
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, [...options, ...args], {encoding: 'utf8', cwd: join(own, 'kernel')});
  run('apt-get', '--quiet=2', 'update');
  const said = run('apt-cache', 'depends', 'linux-image-cloud-amd64');
  const name = /Depends: (\S+)/.exec(said)?.[1];
  if (name === undefined) throw new Error(`apt-cache says: ${said}`);
  run('apt-get', '--quiet=2', 'download', name);
  const [file = ''] = readdirSync(join(own, 'kernel'));
  return join(own, 'kernel', file);
}

function fetchQemu(folder: string): string {
  const root = join(folder, 'root');
  execFileSync(
    'mmdebstrap',
    [
      '--quiet',
      '--mode=root',
      '--variant=extract',
      '--include=qemu-system-x86',
      '--aptopt=APT::Install-Recommends "false"',
      '--skip=output/dev',
      'trixie',
      root,
      MIRROR,
    ],
    {env: {...process.env, TMPDIR: folder}, stdio: ['ignore', 'ignore', 'inherit']},
  );
  const path = join(folder, 'qemu');
  const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib'].map((name) => join(root, name)).join(':');
  const firmware = ['usr/share/qemu', 'usr/share/seabios'].map((name) => `-L ${join(root, name)}`).join(' ');
  writeFileSync(
    path,
    `#!/bin/sh\nexec ${join(root, LOADER)} --library-path ${libraries} ${join(root, 'usr/bin/qemu-system-x86_64')} ${firmware} "$@"\n`,
    {mode: 0o755},
  );
  return path;
}

import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import {ETC_FILES} from '@sandglass/languages';
import {SandglassError} from '@sandglass/protocol';
import {DEFAULT_BOUNDS} from '../bounds.ts';
import {applyLayer} from '../layer/apply-layer.ts';
import type {OnProgress} from '../progress.ts';
import {refused, unavailable} from '../refusal.ts';
import {checkImageName, type ImageStore, type StoreChange} from '../store/image-store.ts';
import type {ObjectStore, ObjectWriter} from '../store/object-store.ts';
import {EMPTY_CONFIG, type StoredImage} from '../stored-image.ts';
import {ImageTree} from '../tree/image-tree.ts';
import {addSystemFiles} from '../tree/system-files.ts';
import {installedPackages} from './installed-packages.ts';
import {withFixedTimes} from './java-keystore.ts';
import {type DebianLock, lockDifferences, PACKAGE_NAME, readLock, writeLock} from './lock-file.ts';
import {withMmdebstrap} from './mmdebstrap.ts';
import type {DebianVariant} from './variants.ts';

export const DEFAULT_SUITE = 'bookworm';
export const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

export interface DebianOptions {
  /** What the store calls it. */
  readonly name: string;
  readonly variant: DebianVariant;
  /** Packages to install beside those of the variant; none means those that the lock file has, if there is one. */
  readonly extraPackages?: readonly string[];
  readonly suite: string;
  readonly mirror: string;
  /** File with the versions to install; null for the store's own of this name. Written by the first build and by `update`. */
  readonly lockFile: string | null;
  /** Take the newest versions and write the lock file anew. */
  readonly update: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
}

/** Changes when the same packages would make another tree. */
const RECIPE = 'debian-2';

/** Of no use to a program that is run once: package lists, caches, logs, documentation, and what names the machine of the build. */
const DROPPED = [
  'boot',
  'etc/apt/preferences.d',
  'etc/machine-id',
  'usr/share/doc',
  'usr/share/info',
  'usr/share/lintian',
  'usr/share/man',
  'var/cache',
  'var/lib/apt',
  'var/lib/dpkg/status-old',
  'var/lib/dpkg/available',
  'var/lib/dpkg/lock',
  'var/log',
].map((path) => path.split('/'));

/** The only file that is put together with the time of day in it. */
const JAVA_KEYSTORE = ['etc', 'ssl', 'certs', 'java', 'cacerts'];
const KEYSTORE_LAYER = 2;

const STATUS = ['var', 'lib', 'dpkg', 'status'];
const SUITE = /^[a-z][a-z0-9-]{0,39}$/;
/** Pulls every package to just this version, also down (apt_preferences(5)). */
const PIN_PRIORITY = 1001;

/**
 * Builds a Debian image; `isNew` is false when the store has just this already. The first build writes down the version of every package, and
 * later ones install those or are refused. Throws `image-unavailable` (mmdebstrap or mirror), `image-refused` (other versions than locked),
 * `configuration-invalid` (lock file), `invalid-request`.
 */
export async function buildDebian(
  store: ImageStore,
  options: DebianOptions,
): Promise<{readonly image: StoredImage; readonly isNew: boolean}> {
  checkImageName(options.name);
  checkSource(options);
  const lockPath = options.lockFile ?? join(store.folder, 'locks', `${options.name}.json`);
  const {onProgress, signal} = options;
  const onWait = () => onProgress({kind: 'step', message: 'Waiting for another build to end'});
  return await store.change({onWait, signal}, async (change) => {
    const lock = options.update ? null : await readLock(lockPath);
    if (lock !== null) checkLock(lock, lockPath, options);
    const existing = await store.find(options.name);
    if (existing !== null && lock !== null && existing.buildKey === buildKey(lock, options))
      return {image: existing, isNew: false};
    const made = await build(lock, options, change);
    const image = await change.commit(made.tree, {
      name: options.name,
      buildKey: buildKey(made.lock, options),
      source: {
        kind: 'debian',
        variant: options.variant.name,
        suite: options.suite,
        mirror: options.mirror,
        packages: made.lock.packages,
      },
      config: EMPTY_CONFIG,
      languages: null,
    });
    if (lock === null) {
      await mkdir(dirname(lockPath), {recursive: true, mode: 0o755});
      await writeLock(lockPath, made.lock);
    }
    return {image, isNew: true};
  });
}

function checkSource({suite, mirror, extraPackages = []}: DebianOptions): void {
  const wrong = extraPackages.find((name) => !PACKAGE_NAME.test(name));
  if (wrong !== undefined) throw invalid(`${JSON.stringify(wrong.slice(0, 60))} is no name of a package`);
  if (!SUITE.test(suite))
    throw invalid(`the suite ${JSON.stringify(suite.slice(0, 60))} is no name such as "bookworm"`);
  const url = URL.parse(mirror);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || /\s/.test(mirror))
    throw invalid(
      `the mirror ${JSON.stringify(mirror.slice(0, 100))} is no http or https address without credentials`,
    );
}

function checkLock(lock: DebianLock, path: string, options: DebianOptions): void {
  const {variant, suite} = options;
  const [wanted, has] = [
    [variant.name, suite, process.arch, ...extrasOf(options, lock)],
    [lock.variant, lock.suite, lock.architecture, ...(lock.with ?? [])],
  ];
  if (wanted.join(' ') === has.join(' ')) return;
  throw new SandglassError(
    'configuration-invalid',
    `Cannot build with ${path}: it is for ${has.join(' ')}, not for ${wanted.join(' ')}. Name another lock file, or write it anew with --update.`,
  );
}

/** Packages beside those of the variant, each once. */
function extrasOf({extraPackages = []}: DebianOptions, lock: DebianLock | null): readonly string[] {
  return extraPackages.length === 0 ? (lock?.with ?? []) : [...new Set(extraPackages)].sort();
}

/** Everything that the tree depends on. */
function buildKey(lock: DebianLock, {variant}: DebianOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([RECIPE, DROPPED, ETC_FILES, variant.packages, lock]))
    .digest('hex');
}

async function build(
  lock: DebianLock | null,
  options: DebianOptions,
  {draft, objects}: StoreChange,
): Promise<{readonly tree: ImageTree; readonly lock: DebianLock}> {
  const {variant, suite, mirror, onProgress, signal} = options;
  const extras = extrasOf(options, lock);
  const wanted = [...new Set([...variant.packages, ...extras])];
  const sourceDateEpoch = lock?.sourceDateEpoch ?? Math.floor(Date.now() / 1000);
  const tree = new ImageTree(DEFAULT_BOUNDS);
  const writer = await objects.writer(draft);
  onProgress({
    kind: 'step',
    message: `Installing ${wanted.length} packages of Debian ${suite} and what they need`,
  });
  const preferences = lock === null ? null : await writePreferences(lock, draft);
  let done = 0;
  await withMmdebstrap(
    {
      suite,
      mirror,
      packages: wanted,
      preferences,
      sourceDateEpoch,
      folder: draft,
      signal,
      onLine: (line) => tellStep(line, onProgress),
    },
    (archive) =>
      applyLayer(tree, archive, {
        layer: 1,
        objects: writer,
        signal,
        onBytes: (bytes) => {
          done += bytes;
          onProgress({kind: 'bytes', done, total: null});
        },
      }),
  );
  const status = tree.find(STATUS);
  if (status?.kind !== 'file')
    throw unavailable('Cannot build from Debian packages: what mmdebstrap made has no package database.');
  const packages = installedPackages((await objects.read(status)).toString('utf8'));
  refuseDifferences(lock, packages);
  for (const path of DROPPED) tree.remove(path);
  await fixKeystore(tree, {objects, writer, timeS: sourceDateEpoch});
  await addSystemFiles(tree, {objects: writer, layer: KEYSTORE_LAYER + 1});
  return {
    tree,
    lock: {
      format: 1,
      variant: variant.name,
      suite,
      architecture: process.arch,
      sourceDateEpoch,
      ...(extras.length === 0 ? {} : {with: [...extras]}),
      packages,
    },
  };
}

async function fixKeystore(
  tree: ImageTree,
  {
    objects,
    writer,
    timeS,
  }: {readonly objects: ObjectStore; readonly writer: ObjectWriter; readonly timeS: number},
): Promise<void> {
  const node = tree.find(JAVA_KEYSTORE);
  if (node?.kind !== 'file') return;
  const fixed = withFixedTimes(await objects.read(node), timeS);
  if (fixed === null) return;
  const {mode} = node;
  const written = await writer.write(Readable.from([fixed]), {
    bytes: fixed.length,
    mode,
    modifiedAtS: timeS,
  });
  tree.put(JAVA_KEYSTORE, {kind: 'file', layer: KEYSTORE_LAYER, mode, modifiedAtS: timeS, ...written});
}

async function writePreferences({packages}: DebianLock, folder: string): Promise<string> {
  const path = join(folder, 'sandglass-pins');
  const stanzas = Object.entries(packages).map(
    ([name, version]) => `Package: ${name}\nPin: version ${version}\nPin-Priority: ${PIN_PRIORITY}\n`,
  );
  await writeFile(path, stanzas.join('\n'), {mode: 0o644});
  return path;
}

function refuseDifferences(lock: DebianLock | null, packages: Readonly<Record<string, string>>): void {
  const differences = lock === null ? [] : lockDifferences(lock.packages, packages);
  if (differences.length === 0) return;
  throw refused(
    `Cannot build what the lock file says: ${differences.slice(0, 5).join(', ')}${differences.length > 5 ? ` and ${differences.length - 5} more` : ''}. Take the newest versions with --update, or name a mirror that has the old ones, such as https://snapshot.debian.org.`,
  );
}

/** mmdebstrap's own steps; its other lines are for the error message. */
function tellStep(line: string, onProgress: OnProgress): void {
  const message =
    /^I: (running apt-get update|downloading packages|extracting archives|installing essential|installing remaining|creating tarball)/.exec(
      line,
    )?.[1];
  if (message !== undefined) onProgress({kind: 'step', message: `mmdebstrap: ${message}`});
}

function invalid(why: string): SandglassError {
  return new SandglassError('invalid-request', `Cannot build from Debian packages: ${why}.`);
}

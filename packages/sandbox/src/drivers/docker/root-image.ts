import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import type Docker from 'dockerode';
import {pack} from 'tar-stream';
import type {RootEntry} from '../shared/root-plan.ts';

/** Repository of the small images that roots are built on; tags are the digests of their content. */
export const ROOT_REPOSITORY = 'sandglass-root';

const DIGEST_LENGTH = 32;

/** Makes sure that the daemon has an image with exactly these entries, and returns its name. An image that is there is not loaded again. */
export async function ensureRootImage(docker: Docker, entries: readonly RootEntry[]): Promise<string> {
  const name = `${ROOT_REPOSITORY}:${digestOf(entries)}`;
  if (await hasImage(docker, name)) return name;
  // The tag as part of the repository, as Podman before 5 does not look at `tag`.
  const progress = await docker.importImage(archiveOf(entries), {repo: name});
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null) =>
      error === null ? resolve() : reject(error),
    );
  });
  return name;
}

/** False only when the daemon says that there is none. */
export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as {readonly statusCode?: number}).statusCode === 404) return false;
    throw error;
  }
}

function archiveOf(entries: readonly RootEntry[]): Readable {
  const archive = pack();
  for (const entry of entries) {
    const name = entry.path.slice(1);
    switch (entry.kind) {
      case 'directory':
        archive.entry({name: `${name}/`, type: 'directory', mode: entry.mode});
        break;
      case 'link':
        archive.entry({name, type: 'symlink', linkname: entry.destination});
        break;
      case 'file':
        archive.entry({name, mode: entry.mode}, Buffer.from(entry.content));
        break;
      default:
        entry satisfies never;
    }
  }
  archive.finalize();
  return Readable.from(archive);
}

function digestOf(entries: readonly RootEntry[]): string {
  const hash = createHash('sha256');
  for (const entry of entries)
    hash.update(
      JSON.stringify(
        'content' in entry ? {...entry, content: Buffer.from(entry.content).toString('base64')} : entry,
      ),
    );
  return hash.digest('hex').slice(0, DIGEST_LENGTH);
}

import {availableParallelism} from 'node:os';
import type {Wrapping} from './process-subject.ts';

/** What programs of this machine need to run, read-only, as Sandglass binds it. */
const HOST_FOLDERS = ['/usr', '/etc/alternatives', '/etc/java-17-openjdk', '/etc/ssl'];

/** Bubblewrap: new namespaces, a read-only root, no limits of any kind. */
export function bwrap(path: string, nodeFolder: string, exists: (path: string) => boolean): Wrapping {
  const binds = HOST_FOLDERS.filter(exists).flatMap((folder) => ['--ro-bind', folder, folder]);
  const links = ['bin', 'lib', 'lib64', 'sbin'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]);
  return {
    name: 'bwrap',
    wrap: (argv, folder) => [
      [path, '--unshare-all', '--die-with-parent', ...binds, ...links, '--proc', '/proc', '--dev', '/dev']
        // In this order: Node and the work folder may lie below /tmp.
        .concat(['--tmpfs', '/tmp', '--ro-bind', nodeFolder, nodeFolder])
        .concat(['--bind', folder, folder, '--chdir', folder])
        .concat(argv),
    ],
    usesDaemon: false,
  };
}

/** Boxes of isolate are numbered and lie in one folder of the host; this one is unlikely to be somebody's. */
const BOX = '--box-id=917';

/** isolate(1): a box is made, used once and cleaned up, all of which counts. */
export function isolate(path: string, nodeFolder: string): Wrapping {
  const limits = ['--processes=100', '--mem=1048576', '--wall-time=40', `--dir=${nodeFolder}`];
  return {
    name: 'isolate',
    wrap: (argv, folder) => [
      [path, BOX, '--init'],
      [path, BOX, '--silent', ...limits, `--dir=${folder}:rw`, `--chdir=${folder}`, '--run', '--', ...argv],
      [path, BOX, '--cleanup'],
    ],
    usesDaemon: false,
  };
}

/** `docker run --rm` on an image with nothing in it but the host's programs, bound read-only as Sandglass does. */
export function docker(
  path: string,
  image: string,
  nodeFolder: string,
  exists: (path: string) => boolean,
): Wrapping {
  const mounts = [...HOST_FOLDERS, '/bin', '/lib', '/lib64', nodeFolder]
    .filter(exists)
    .flatMap((folder) => ['-v', `${folder}:${folder}:ro`]);
  const limits = ['--network=none', '--memory=1g', '--pids-limit=100', `--cpus=${availableParallelism()}`];
  return {
    name: 'docker',
    wrap: (argv, folder) => [
      [
        path,
        'run',
        '--rm',
        '-i',
        ...limits,
        ...mounts,
        '-v',
        `${folder}:${folder}`,
        '-w',
        folder,
        image,
        ...argv,
      ],
    ],
    usesDaemon: true,
  };
}

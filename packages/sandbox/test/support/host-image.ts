import {existsSync} from 'node:fs';
import type {ImageDefinition, ImageEntry} from '@sandglass/sandbox';

const PASSWD = 'root:x:0:0:root:/:/bin/sh\nsandbox:x:1000:1000:sandbox:/work:/bin/sh\n';

/** A root with the host's own programs, enough for sh and python3. The product's host image is made in `languages`. */
export const HOST_IMAGE: ImageDefinition = {
  name: 'host',
  entries: [
    {kind: 'bind', source: '/usr', target: '/usr'},
    ...['bin', 'lib', 'lib64', 'sbin'].filter((name) => existsSync(`/${name}`)).map(link),
    {kind: 'file', path: '/etc/passwd', mode: 0o644, content: Buffer.from(PASSWD)},
    {kind: 'file', path: '/etc/empty', mode: 0o644, content: new Uint8Array(0)},
    {kind: 'directory', path: '/opt/an empty directory', mode: 0o755},
    {kind: 'hide', path: '/usr/share'},
  ],
};

function link(name: string): ImageEntry {
  return {kind: 'link', path: `/${name}`, destination: `usr/${name}`};
}

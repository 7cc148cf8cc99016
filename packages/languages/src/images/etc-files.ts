/** Program user of every sandbox: user and group id inside it. */
export const PROGRAM_UID = 1000;

/**
 * The files of /etc that say who and where a program is. Written by us, never taken from the host: the host's would name its users,
 * its network and its resolvers.
 */
export const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: lines(
    'root:x:0:0:root:/:/usr/sbin/nologin',
    `sandbox:x:${PROGRAM_UID}:${PROGRAM_UID}:sandbox:/work:/bin/sh`,
    'nobody:x:65534:65534:nobody:/:/usr/sbin/nologin',
  ),
  group: lines('root:x:0:', 'tty:x:5:', `sandbox:x:${PROGRAM_UID}:`, 'nogroup:x:65534:'),
  hosts: lines('127.0.0.1 localhost sandbox', '::1 localhost'),
  hostname: lines('sandbox'),
  // Name lookups stay in the files above; anything else would wait for servers that cannot be reached.
  'nsswitch.conf': lines(
    'passwd: files',
    'group: files',
    'hosts: files dns',
    'networks: files',
    'protocols: files',
    'services: files',
  ),
  'resolv.conf': '',
  timezone: lines('Etc/UTC'),
};

/**
 * Folders of the host's /etc that are bound as they are, as glob patterns relative to /etc: links that choose a default program,
 * public certificates, and the settings of JDKs.
 */
export const ETC_FOLDERS: readonly string[] = ['alternatives', 'ssl/certs', 'java-*'];

/**
 * Small files of the host's /etc whose content is copied, as glob patterns relative to /etc. A copy is as good as a bind (tools replace
 * these files by renaming, which a bound file does not follow either), and every mount more is paid by each sandbox. All are
 * public; of PHP only the command line's part is taken, since pools of its web servers often carry passwords.
 */
export const ETC_COPIES: readonly string[] = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d/*.conf',
  'protocols',
  'services',
  'mime.types',
  'os-release',
  'debian_version',
  'ssl/openssl.cnf',
  'php/*/cli/php.ini',
  'php/*/cli/conf.d/*.ini',
];

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}

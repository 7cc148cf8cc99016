import {statSync} from 'node:fs';
import {expect, test} from 'vitest';
import {createHostImage} from '../../src/images/host-image.ts';
import {hostPath} from '../../src/images/host-path.ts';

const image = createHostImage();

test('The host image binds only public folders of the host', () => {
  const targets = image.entries.flatMap((entry) => (entry.kind === 'bind' ? [entry.target] : []));
  const allowed = /^\/(usr|bin|sbin|lib|lib32|lib64|libx32|opt\/sandglass\/(node|typescript)\/.+|etc\/.+)$/;
  expect(targets.filter((target) => !allowed.test(target))).toEqual([]);
  const secret =
    /^\/etc\/(shadow|gshadow|passwd|group|ssh|sudoers|ssl\/private|php\/[^/]+\/fpm|hosts|resolv\.conf)/;
  expect(targets.filter((target) => secret.test(target))).toEqual([]);
});

test('Every source of the host image exists', () => {
  for (const entry of image.entries) {
    if (entry.kind === 'bind')
      expect(statSync(entry.source).isFile() || statSync(entry.source).isDirectory()).toBe(true);
  }
});

test('No entry of the host image is named twice', () => {
  const places = image.entries.map((entry) => (entry.kind === 'bind' ? entry.target : entry.path));
  expect(places).toEqual([...new Set(places)]);
});

test('A path of the image leads to the host file behind links, binds and covers', () => {
  expect(hostPath(image, '/bin/sh')).toMatch(/^\/(usr\/)?bin\/\w+$/);
  expect(hostPath(image, '/opt/sandglass/node/bin/node')).toMatch(/node$/);
  expect(hostPath(image, '/usr/local/bin')).toBeNull();
  expect(hostPath(image, '/root/.profile')).toBeNull();
  expect(hostPath(image, '/usr/bin/no-such-program')).toBeNull();
});

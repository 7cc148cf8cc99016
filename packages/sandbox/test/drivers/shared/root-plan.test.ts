import {expect, it} from 'vitest';
import {planRoot} from '../../../src/drivers/shared/root-plan.ts';

it('stores what is small, mounts what is bound or hidden, and makes every folder above', () => {
  const plan = planRoot({
    name: 'test',
    entries: [
      {kind: 'bind', source: '/usr', target: '/usr'},
      {kind: 'hide', path: '/usr/share'},
      {kind: 'link', path: '/bin', destination: 'usr/bin'},
      {kind: 'file', path: '/etc/deep/file', mode: 0o600, content: Buffer.from('x')},
      {kind: 'bind', source: '/etc/passwd', target: '/etc/passwd'},
    ],
  });
  expect(plan.mounts.map(({kind, target}) => `${kind} ${target}`)).toEqual([
    'bind /usr',
    'empty /usr/share',
    'bind /etc/passwd',
  ]);
  expect(plan.entries.map(({kind, path}) => `${kind} ${path}`)).toEqual([
    'directory /dev',
    'directory /proc',
    'directory /sys',
    'directory /work',
    'directory /tmp',
    'directory /usr',
    'link /bin',
    'directory /etc',
    'directory /etc/deep',
    'file /etc/deep/file',
    'file /etc/passwd',
  ]);
});

it.each<[string, Parameters<typeof planRoot>[0]['entries'], RegExp]>([
  [
    'a file in what is bound, and so read-only',
    [
      {kind: 'bind', source: '/usr', target: '/usr'},
      {kind: 'file', path: '/usr/new', mode: 0o644, content: new Uint8Array(0)},
    ],
    /"test".*\/usr\/new.*read-only/,
  ],
  [
    'a bind of what is not there',
    [{kind: 'bind', source: '/no/such', target: '/x'}],
    /\/no\/such.*not there/,
  ],
])('refuses %s', (_title, entries, message) => {
  expect(() => planRoot({name: 'test', entries})).toThrow(message);
});

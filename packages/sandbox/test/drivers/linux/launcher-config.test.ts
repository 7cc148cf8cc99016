import {describe, expect, it} from 'vitest';
import {type LauncherConfig, renderLauncherConfig} from '../../../src/drivers/linux/launcher-config.ts';
import type {ImageEntry} from '../../../src/image.ts';

const CONFIG: LauncherConfig = {
  socketPath: '/run/a b/x.sock',
  agentPath: '/opt/agent',
  instance: 'w1',
  stateDir: '/run/state',
  maxSandboxes: 7,
  agentsMemoryBytes: 1000,
  agentsProcesses: 20,
  allowWeaker: ['memory', 'cpu'],
  images: [],
};

describe('renderLauncherConfig', () => {
  it('writes one setting a line with percent-encoded words', () => {
    const entries: ImageEntry[] = [
      {kind: 'directory', path: '/etc', mode: 0o755},
      {kind: 'bind', source: '/usr/100% real', target: '/usr'},
      {kind: 'link', path: '/bin', destination: 'usr/bin'},
      {kind: 'file', path: '/etc/line\nbreak', mode: 0o600, content: Buffer.from('héllo')},
      {kind: 'hide', path: '/usr/share'},
    ];
    expect(renderLauncherConfig({...CONFIG, images: [{name: 'host', entries}]})).toBe(
      [
        'socket /run/a%20b/x.sock',
        'agent /opt/agent',
        'instance w1',
        'state /run/state',
        'max-sandboxes 7',
        'agents-memory 1000',
        'agents-processes 20',
        'allow-weaker memory,cpu',
        'image host',
        'dir /etc 0755',
        'bind /usr/100%25%20real /usr',
        'link usr/bin /bin',
        'file /etc/line%0Abreak 0600 aMOpbGxv',
        'hide /usr/share',
        'end',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, ImageEntry]>([
    ['a relative path', {kind: 'hide', path: 'usr'}],
    ['a path with ..', {kind: 'bind', source: '/usr/../etc', target: '/usr'}],
    ['a path with //', {kind: 'directory', path: '/a//b', mode: 0o755}],
    ['a trailing slash', {kind: 'directory', path: '/a/', mode: 0o755}],
    ['a NUL', {kind: 'link', path: '/a', destination: 'b\0c'}],
  ])('refuses %s', (_title, entry) => {
    expect(() => renderLauncherConfig({...CONFIG, images: [{name: 'host', entries: [entry]}]})).toThrow(
      expect.objectContaining({code: 'configuration-invalid'}) as Error,
    );
  });

  it('refuses an image name that the launcher would', () => {
    expect(() => renderLauncherConfig({...CONFIG, images: [{name: 'Host!', entries: []}]})).toThrow(
      /image name/,
    );
  });
});

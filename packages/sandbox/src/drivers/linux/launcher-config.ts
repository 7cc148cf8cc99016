import {posix} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {ImageDefinition, ImageEntry} from '../../image.ts';

/** Everything that the launcher is told at its start; see the theory of operation in native/launcher/config.c. */
export interface LauncherConfig {
  readonly socketPath: string;
  readonly agentPath: string;
  readonly instance: string;
  readonly stateDir: string;
  readonly maxSandboxes: number;
  /** Bounds of launcher, agents and primed runtimes together. */
  readonly agentsMemoryBytes: number;
  readonly agentsProcesses: number;
  readonly allowWeaker: readonly string[];
  readonly images: readonly ImageDefinition[];
}

const IMAGE_NAME = /^[a-z0-9-]{1,64}$/;

/** The launcher's configuration file: one setting a line, tokens percent-encoded. Throws `configuration-invalid`. */
export function renderLauncherConfig(config: LauncherConfig): string {
  const lines = [
    line('socket', config.socketPath),
    line('agent', config.agentPath),
    line('instance', config.instance),
    line('state', config.stateDir),
    line('max-sandboxes', String(config.maxSandboxes)),
    line('agents-memory', String(config.agentsMemoryBytes)),
    line('agents-processes', String(config.agentsProcesses)),
  ];
  if (config.allowWeaker.length > 0) lines.push(line('allow-weaker', config.allowWeaker.join(',')));
  for (const image of config.images) {
    if (!IMAGE_NAME.test(image.name))
      throw invalid(`image name ${JSON.stringify(image.name)}`, 'use 1 to 64 of a-z, 0-9 and -');
    lines.push(line('image', image.name), ...image.entries.map(renderEntry), 'end');
  }
  return `${lines.join('\n')}\n`;
}

function renderEntry(entry: ImageEntry): string {
  switch (entry.kind) {
    case 'directory':
      return line('dir', normalPath(entry.path), octal(entry.mode));
    case 'bind':
      return line('bind', normalPath(entry.source), normalPath(entry.target));
    case 'link':
      return line('link', entry.destination, normalPath(entry.path));
    case 'file':
      return line(
        'file',
        normalPath(entry.path),
        octal(entry.mode),
        Buffer.from(entry.content).toString('base64'),
      );
    case 'hide':
      return line('hide', normalPath(entry.path));
    default:
      return entry satisfies never;
  }
}

/** The launcher refuses other paths as well; here the error names the image's author instead of a line number. */
function normalPath(path: string): string {
  if (!posix.isAbsolute(path) || posix.normalize(path) !== path || (path.length > 1 && path.endsWith('/')))
    throw invalid(`image path ${JSON.stringify(path)}`, 'use an absolute path without ".", ".." or "//"');
  return path;
}

function line(...tokens: readonly string[]): string {
  return tokens.map(encodeToken).join(' ');
}

/** Everything that separates tokens or lines, and the escape itself. */
function encodeToken(token: string): string {
  if (token.includes('\0')) throw invalid(`value ${JSON.stringify(token)}`, 'it must not contain NUL');
  return token.replace(
    /[\s%#]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function invalid(what: string, rule: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot configure the launcher: ${what}; ${rule}.`);
}

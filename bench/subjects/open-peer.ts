import {execFile} from 'node:child_process';
import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {GO_JUDGE} from './go-judge.ts';
import {type HttpProtocol, HttpSubject} from './http-subject.ts';
import {judge0} from './judge0.ts';
import {PISTON} from './piston.ts';
import {ProcessSubject} from './process-subject.ts';
import type {SpawnTimer} from './spawn-timer.ts';
import type {Subject} from './subject.ts';
import {bwrap, docker, isolate} from './wrappings.ts';

const run = promisify(execFile);

export const PROCESS_PEERS = ['bwrap', 'isolate', 'docker'] as const;
export const HTTP_PEERS = ['go-judge', 'piston', 'judge0'] as const;
export type PeerChoice =
  | {readonly kind: (typeof PROCESS_PEERS)[number]}
  | {readonly kind: (typeof HTTP_PEERS)[number]; readonly url: string};

/** A peer that is here, or why it is not and how to get it. */
export type OpenedPeer =
  | {readonly kind: 'found'; readonly subject: Subject}
  | {readonly kind: 'missing'; readonly name: string; readonly remedy: string};

export interface PeerSetup {
  readonly folder: string;
  readonly timer: SpawnTimer;
  readonly nodePath: string;
  /** Where programs are looked for, as in PATH. */
  readonly path: string;
}

const HOW_TO_GET: Record<(typeof PROCESS_PEERS)[number], string> = {
  bwrap: 'apt-get install bubblewrap',
  isolate: 'build it from https://github.com/ioi/isolate and put it into PATH',
  docker: 'apt-get install docker.io, then start its daemon',
};

/** Looks for a peer. Never throws for one that is not there: the others can be measured without it. */
export async function openPeer(choice: PeerChoice, setup: PeerSetup): Promise<OpenedPeer> {
  switch (choice.kind) {
    case 'bwrap':
    case 'isolate':
    case 'docker':
      return await openProcessPeer(choice.kind, setup);
    case 'go-judge':
      return await openHttpPeer(GO_JUDGE, choice.url);
    case 'piston':
      return await openHttpPeer(PISTON, choice.url);
    case 'judge0':
      return await openHttpPeer(judge0(choice.url), choice.url);
    default:
      return choice satisfies never;
  }
}

async function openProcessPeer(name: (typeof PROCESS_PEERS)[number], setup: PeerSetup): Promise<OpenedPeer> {
  const program = findProgram(name, setup.path);
  if (program === null) return {kind: 'missing', name, remedy: `not in PATH; ${HOW_TO_GET[name]}`};
  const nodeFolder = dirname(setup.nodePath);
  if (name === 'bwrap') return found(bwrap(program, nodeFolder, existsSync), setup);
  if (name === 'isolate') return found(isolate(program, nodeFolder), setup);
  const image = 'sandglass-bench-empty';
  try {
    await run(program, ['info'], {timeout: 10_000});
    // An image without files: what a program needs is bound from the host.
    await run('/bin/sh', ['-c', `tar -c -T /dev/null | '${program}' import - ${image}`], {timeout: 60_000});
  } catch (error) {
    return {
      kind: 'missing',
      name,
      remedy: `its daemon does not answer (${firstLine(error)}); ${HOW_TO_GET[name]}`,
    };
  }
  const release = () => run(program, ['image', 'rm', image]);
  return found({...docker(program, image, nodeFolder, existsSync), release}, setup);
}

function found(wrapping: ConstructorParameters<typeof ProcessSubject>[0], setup: PeerSetup): OpenedPeer {
  return {kind: 'found', subject: new ProcessSubject(wrapping, setup)};
}

/** Any answer will do: which one is the protocol's to judge. */
async function openHttpPeer(protocol: HttpProtocol, url: string): Promise<OpenedPeer> {
  try {
    await fetch(url, {signal: AbortSignal.timeout(5000)});
    return {kind: 'found', subject: new HttpSubject(protocol, url)};
  } catch (error) {
    const remedy = `nothing answers at ${url} (${firstLine(error)}); start it and give its address: --peer ${protocol.name}=URL`;
    return {kind: 'missing', name: protocol.name, remedy};
  }
}

function findProgram(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      // Folders have that bit as well.
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

function firstLine(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return String(cause instanceof Error ? cause.message : cause).split('\n')[0] ?? '';
}

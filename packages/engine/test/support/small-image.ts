import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {ImageStore} from '@sandglass/images';
import {type FixtureFile, keepFixture} from '@sandglass/images/test-support';

const TOOLS = ['/bin/bash', '/usr/bin/cat', '/usr/bin/id', '/usr/bin/ls', '/usr/bin/wc'];

/** A few programs of this machine and the libraries that they load. */
export function hostTools(): (FixtureFile & {readonly content: Buffer})[] {
  const paths = [...TOOLS, ...librariesOf(TOOLS)];
  return paths.map((path) => ({name: path.slice(1), mode: 0o755, content: readFileSync(path)}));
}

/** An image of them. */
export async function keepHostTools(
  folder: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await keepFixture(new ImageStore(folder), {
    name,
    env,
    files: [...hostTools(), {name: 'etc/mark', mode: 0o644, content: Buffer.from(`${name}\n`)}],
  });
}

function librariesOf(programs: readonly string[]): string[] {
  const lines = programs.flatMap((program) => execFileSync('ldd', [program], {encoding: 'utf8'}).split('\n'));
  return [...new Set(lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []))];
}

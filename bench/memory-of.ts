import {readFile} from 'node:fs/promises';
import {childrenOf} from './machine-cpu.ts';

/** Ready sandboxes of one kind, told by what waits in them: nothing but the agent, or a runtime that is up already. */
export interface IdleKind {
  /** `plain`, or the names of the waiting programs. */
  readonly kind: string;
  readonly count: number;
  /** Pages that no other process has (`Private_*` of smaps_rollup), agent and waiting programs together, for each sandbox, in bytes. */
  readonly privateBytes: number;
  /** The same with its share of those that are shared (`Pss`). */
  readonly proportionalBytes: number;
}

/** Looks at the sandboxes that a launcher has now. They must be idle: one that ends meanwhile is left out. */
export async function idleKinds(launcherPid: number): Promise<IdleKind[]> {
  const agents = await childrenOf(launcherPid);
  const sandboxes = await Promise.all(agents.map((pid) => describeSandbox(pid).catch(() => null)));
  const kinds = new Map<string, {count: number; privateBytes: number; proportionalBytes: number}>();
  for (const sandbox of sandboxes) {
    if (sandbox === null) continue;
    const sum = kinds.get(sandbox.kind) ?? {count: 0, privateBytes: 0, proportionalBytes: 0};
    sum.count += 1;
    sum.privateBytes += sandbox.privateBytes;
    sum.proportionalBytes += sandbox.proportionalBytes;
    kinds.set(sandbox.kind, sum);
  }
  return [...kinds].map(([kind, {count, privateBytes, proportionalBytes}]) => ({
    kind,
    count,
    privateBytes: privateBytes / count,
    proportionalBytes: proportionalBytes / count,
  }));
}

async function describeSandbox(agent: number) {
  const inside = await descendants(agent);
  const names = await Promise.all(inside.map(nameOf));
  const pages = await Promise.all([agent, ...inside].map(readPages));
  return {
    kind: names.length === 0 ? 'plain' : [...new Set(names)].sort().join('+'),
    privateBytes: pages.reduce((sum, each) => sum + each.privateBytes, 0),
    proportionalBytes: pages.reduce((sum, each) => sum + each.proportionalBytes, 0),
  };
}

async function descendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
}

/** Pages of so many processes together, in bytes; one that ends meanwhile has none. */
export async function pagesOf(
  pids: readonly number[],
): Promise<{privateBytes: number; proportionalBytes: number}> {
  const pages = await Promise.all(
    pids.map((pid) => readPages(pid).catch(() => ({privateBytes: 0, proportionalBytes: 0}))),
  );
  return {
    privateBytes: pages.reduce((sum, each) => sum + each.privateBytes, 0),
    proportionalBytes: pages.reduce((sum, each) => sum + each.proportionalBytes, 0),
  };
}

async function readPages(pid: number) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
  return {
    privateBytes: kib(/^Private_\w+:\s+(\d+) kB$/gm) * 1024,
    proportionalBytes: kib(/^Pss:\s+(\d+) kB$/gm) * 1024,
  };
}

import type {Limits} from '@sandglass/protocol';
import type {PrimeRecipe} from '../recipe.ts';

const MIB = 1024 * 1024;

/** Node inside every image: the one that Sandglass runs on, whatever the host has in its PATH. */
export const NODE = '/opt/sandglass/node/bin/node';

/**
 * Node's arguments for a memory limit. V8 sizes its heap by the host's memory, which it sees instead of the cgroup's, and would let
 * garbage grow until the kernel kills it. A quarter (at least 32 MiB) is left for code, stacks, buffers and V8's young generation.
 * The warning asks for a "type" in the user's package.json; Node finds the module system without it.
 */
export function nodeArguments(limits: Pick<Limits, 'memoryBytes'>): string[] {
  const heapBytes = limits.memoryBytes - Math.max(limits.memoryBytes / 4, 32 * MIB);
  const heapMib = Math.max(16, Math.floor(heapBytes / MIB));
  return [`--max-old-space-size=${heapMib}`, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
}

/** Node's clocks that begin with its start, by every name under which a program can come to them. */
const SINCE_START = /performance|perf_hooks|uptime|timeOrigin|timeStamp|trace_events|process\.report|\\u/;

/** Searching more than this would hold the event loop up for milliseconds, and so large a program has little to gain. */
const MOST_SEARCHED_BYTES = MIB;

/**
 * Node resolves its main script by name before it does anything else with it. Only a program that asks how long ago the process started can
 * tell that it waited; such a word anywhere in the files, or an escape that could hide one, is enough to start it plainly.
 */
export function primedNode(firstFile: PrimeRecipe['firstFile']): PrimeRecipe {
  return {
    firstFile,
    idleBytes: 12 * MIB,
    isExactFor: (files) =>
      files.reduce((sum, {content}) => sum + content.length, 0) <= MOST_SEARCHED_BYTES &&
      !files.some(({content}) => SINCE_START.test(Buffer.from(content).toString('latin1'))),
  };
}

/**
 * V8 aborts with this text once its heap is full. A worker thread's full heap is an exception with code ERR_WORKER_OUT_OF_MEMORY
 * instead, which a program can handle: it counts only when it ended the program.
 */
export function isV8OutOfMemory(exit: {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}): boolean {
  if (exit.exitCode === 0) return false;
  return (
    /^FATAL ERROR: .*(JavaScript heap out of memory|Allocation failed)/m.test(exit.stderr) ||
    exit.stderr.includes("code: 'ERR_WORKER_OUT_OF_MEMORY'")
  );
}

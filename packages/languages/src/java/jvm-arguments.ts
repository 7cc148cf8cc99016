import type {Limits} from '@sandglass/protocol';
import {cpuThreads} from '../build/cpu-threads.ts';

const MIB = 1024 * 1024;

/**
 * JVM arguments for a stage's limits. A JVM in a sandbox sees the host's memory and cores, not its cgroup's.
 *
 * - Heap: what remains after a quarter, at least 48 MiB, for classes, compiled code, thread stacks and the JVM itself.
 * - Stack of a thread: a sixteenth of the memory, 1–64 MiB, as recursive solutions need more than the default of 1 MiB. It is
 *   address space; only what recursion touches counts.
 * - The serial collector: no helper threads, which would count against `processes`, and the smallest footprint; on one or two
 *   cores it is the JVM's own choice as well.
 * - Both compilers stay on: without C2, long computations take several times longer.
 */
export function jvmArguments(limits: Pick<Limits, 'memoryBytes' | 'cpuCount'>): string[] {
  const heapBytes = limits.memoryBytes - Math.max(limits.memoryBytes / 4, 48 * MIB);
  const stackBytes = Math.min(64 * MIB, Math.max(MIB, limits.memoryBytes / 16));
  return [
    `-Xmx${Math.max(8, Math.floor(heapBytes / MIB))}m`,
    `-Xss${Math.floor(stackBytes / 1024)}k`,
    '-XX:+UseSerialGC',
    '-Xshare:auto',
    `-XX:ActiveProcessorCount=${cpuThreads(limits.cpuCount)}`,
    // No hsperfdata file in /tmp and no attach thread waiting for a debugger that cannot come.
    '-XX:-UsePerfData',
    '-XX:+DisableAttachMechanism',
    // The report of a crashed JVM must not appear among the user's files.
    '-XX:ErrorFile=/tmp/jvm-crash-%p.log',
  ];
}

/**
 * True when the heap (or the class space) was full and the program, or the compiler, ended for it. "unable to create native thread"
 * carries the same class name but is about `processes`.
 */
export function isJvmOutOfMemory(exit: {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}): boolean {
  if (exit.exitCode === 0) return false;
  return (
    /^(?:Exception in thread "[^"\n]*" |Caused by: )?java\.lang\.OutOfMemoryError(?!: unable to create)/m.test(
      exit.stderr,
    ) ||
    /^(?:Error occurred during initialization of VM\n.*heap|There is insufficient memory for the Java Runtime)/m.test(
      exit.stderr,
    )
  );
}

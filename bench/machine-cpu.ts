import {readFile} from 'node:fs/promises';

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on (`getconf CLK_TCK`). */
const MS_PER_TICK = 10;

/** Processor time that everything on this machine has used since boot, in milliseconds: user, nice, system, irq, softirq (proc_stat(5)). */
export async function machineCpuMs(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq) * MS_PER_TICK;
}

/** Processor time of a process and of all children that it has waited for, in milliseconds (proc_pid_stat(5)). */
export async function processCpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name stands in parentheses and may hold anything; utime is field 14, the eleventh behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks * MS_PER_TICK;
}

/** Children of a process that are alive. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Processor time of a process and of everything below it, by process. */
export async function treeCpuMs(pid: number): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  const visit = async (each: number): Promise<void> => {
    // It may end while it is looked at.
    found.set(each, await processCpuMs(each).catch(() => 0));
    await Promise.all((await childrenOf(each)).map(visit));
  };
  await visit(pid);
  return found;
}

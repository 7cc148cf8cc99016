import {constants} from 'node:fs';
import {access, readFile, stat} from 'node:fs/promises';
import type {Acceleration} from './machine-monitor.ts';

const DEVICE = '/dev/kvm';

/** Whether this host's processor can run a guest itself, as far as can be seen without starting one. */
export type KvmFinding =
  | {readonly kind: 'possible'; readonly groupId: number | null}
  | {readonly kind: 'impossible'; readonly reason: string};

/**
 * Looks for KVM. A device that opens is not enough: some hosts have one that emulates each instruction of a guest's kernel until one fails,
 * so the processor must say that it has the means, and a guest must really boot afterwards.
 */
export async function findKvm(options: {readonly isRoot: boolean}): Promise<KvmFinding> {
  try {
    await access(DEVICE, constants.R_OK | constants.W_OK);
  } catch (error) {
    return {kind: 'impossible', reason: `${DEVICE} cannot be opened (${String(error)})`};
  }
  const flags = /^flags\s*:(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  if (!flags.includes('vmx') && !flags.includes('svm'))
    return {
      kind: 'impossible',
      reason: `${DEVICE} is there, but the processor shows neither vmx nor svm: it would emulate guests, and not all of them`,
    };
  if (!options.isRoot) return {kind: 'possible', groupId: null};
  // Monitors run as users of their own; the device's group lets them in.
  const {mode, gid} = await stat(DEVICE);
  const isForAll = (mode & 0o006) === 0o006;
  const isForGroup = (mode & 0o060) === 0o060 && gid !== 0;
  if (isForAll || isForGroup) return {kind: 'possible', groupId: isForAll ? null : gid};
  return {
    kind: 'impossible',
    reason: `${DEVICE} is open to root only, and machine monitors do not run as root (chgrp kvm ${DEVICE} && chmod 660 ${DEVICE})`,
  };
}

/** What to try, in order. */
export function accelerationsToTry(wanted: Acceleration | 'auto', kvm: KvmFinding): readonly Acceleration[] {
  if (wanted !== 'auto') return [wanted];
  return kvm.kind === 'possible' ? ['kvm', 'tcg'] : ['tcg'];
}

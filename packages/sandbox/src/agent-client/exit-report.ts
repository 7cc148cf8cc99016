import {type ExitedMessage, FACTS, signalName} from '@sandglass/protocol/agent';
import type {AbruptEnd, ExitReport} from '../driver.ts';

const NS_PER_MS = 1e6;

/** The agent's account of a program's end in the words of the sandbox contract. */
export function exitReport(message: ExitedMessage): ExitReport {
  const has = (fact: number): boolean => (message.facts & fact) !== 0;
  return {
    exitCode: message.exitCode,
    signal: message.signal === null ? null : signalName(message.signal),
    stopReason: message.stopReason,
    wallTimeMs: message.wallTimeNs / NS_PER_MS,
    cpuTimeMs: message.cpuTimeNs / NS_PER_MS,
    memoryPeakBytes: message.memoryPeakBytes,
    processesPeak: message.processesPeak,
    oomKills: message.oomKills,
    forksRefused: message.forksRefused,
    stdoutBytes: message.stdoutBytes,
    stderrBytes: message.stderrBytes,
    diskUsedBytes: message.diskUsedBytes,
    isDiskFull: has(FACTS.diskFull),
    isInodesFull: has(FACTS.inodesFull),
    isFileLimitReached: has(FACTS.fileLimitReached),
    isStdoutTruncated: has(FACTS.stdoutTruncated),
    isStderrTruncated: has(FACTS.stderrTruncated),
    isPrimed: has(FACTS.primed),
  };
}

/** The account of a program that was ended together with its agent, from what is known outside. */
export function abruptReport(
  {stopReason, memoryPeakBytes, cpuTimeMs, oomKills}: AbruptEnd,
  seen: {readonly wallTimeMs: number; readonly stdoutBytes: number; readonly stderrBytes: number},
): ExitReport {
  return {
    exitCode: null,
    signal: 'SIGKILL',
    stopReason,
    ...seen,
    cpuTimeMs,
    memoryPeakBytes,
    processesPeak: 1,
    oomKills,
    forksRefused: 0,
    diskUsedBytes: 0,
    isDiskFull: false,
    isInodesFull: false,
    isFileLimitReached: false,
    isStdoutTruncated: false,
    isStderrTruncated: false,
  };
}

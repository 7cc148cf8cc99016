import type {ExitReport} from '@sandglass/sandbox';

/** The report of a small program that ended well, with the differences that a test is about. */
export function exitReport(differences: Partial<ExitReport> = {}): ExitReport {
  return {
    exitCode: 0,
    signal: null,
    stopReason: 'none',
    wallTimeMs: 12.3456789,
    cpuTimeMs: 10,
    memoryPeakBytes: 4_194_304,
    processesPeak: 1,
    oomKills: 0,
    forksRefused: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
    diskUsedBytes: 0,
    isDiskFull: false,
    isInodesFull: false,
    isFileLimitReached: false,
    isStdoutTruncated: false,
    isStderrTruncated: false,
    ...differences,
  };
}

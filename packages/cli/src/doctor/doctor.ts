import {probeLinux} from '@sandglass/sandbox';
import {NATIVE_DIR} from '../native-dir.ts';
import type {Findings, ProbeAnswer} from './findings.ts';
import {formatFindings} from './format-findings.ts';
import {proveLevels} from './prove-levels.ts';

/**
 * `sandglass doctor`: tries every isolation mechanism by itself, then runs a program with all of them, and one at every other level. Returns
 * the exit code: 0 when the first program ran. A mechanism that is missing but not needed is told and does not count.
 */
export async function doctor({json}: {readonly json: boolean}): Promise<number> {
  const findings: Findings = {probe: await probe(), ...(await proveLevels())};
  const text = json ? JSON.stringify(findings, null, 2) : formatFindings(findings, process.stdout).join('\n');
  process.stdout.write(`${text}\n`);
  return findings.proof.kind === 'works' ? 0 : 1;
}

/** A launcher that cannot even be asked is a finding like any other. */
async function probe(): Promise<ProbeAnswer> {
  try {
    return {kind: 'probed', mechanisms: await probeLinux({nativeDir: NATIVE_DIR, signal: undefined})};
  } catch (error) {
    return {kind: 'failed', reason: reasonOf(error)};
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

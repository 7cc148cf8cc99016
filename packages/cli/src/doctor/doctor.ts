import {probeLinux} from '@sandglass/sandbox';
import {NATIVE_DIR} from '../native-dir.ts';
import {openRunner} from '../run/open-runner.ts';
import {type Findings, judgeProof, type ProbeAnswer, type Proof} from './findings.ts';
import {formatFindings} from './format-findings.ts';
import {proveLevels} from './prove-levels.ts';

/**
 * `sandglass doctor`: tries every isolation mechanism by itself, then runs a program with all of them, and one at every other level. Returns
 * the exit code: 0 when the first program ran. A mechanism that is missing but not needed is told and does not count.
 */
export async function doctor({json}: {readonly json: boolean}): Promise<number> {
  const findings: Findings = {probe: await probe(), proof: await prove(), levels: await proveLevels()};
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

async function prove(): Promise<Proof> {
  try {
    // An empty name: the doctor looks at this machine, whatever server is configured.
    await using runner = await openRunner('');
    const silent = async () => {};
    const signal = new AbortController().signal;
    const program = {language: 'bash', code: 'true\n', cache: 'off'} as const;
    return judgeProof(await runner.run(program, {signal, onOutput: silent, onCompiled: silent}));
  } catch (error) {
    return {kind: 'fails', reason: reasonOf(error)};
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

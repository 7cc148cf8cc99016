import {createEngine} from '@sandglass/engine';
import type {DriverName} from '@sandglass/protocol';
import {judgeProof, type LevelProof, type Proof} from './findings.ts';

/** Levels that are not the default, weakest first; `kubernetes` is a cluster's to prove. */
const LEVELS = ['docker', 'gvisor', 'microvm'] as const satisfies readonly DriverName[];

/** Really runs a program at each level, one after the other: a level that starts and runs nothing is none. */
export async function proveLevels(): Promise<readonly LevelProof[]> {
  const proofs: LevelProof[] = [];
  for (const level of LEVELS) proofs.push({level, proof: await proveLevel(level)});
  return proofs;
}

async function proveLevel(level: DriverName): Promise<Proof> {
  try {
    await using engine = await createEngine({
      isolation: {allowed: [level], default: level},
      languages: ['bash'],
      // What is missing is to be told, not to stop the proof.
      allowWeaker: true,
      pool: {floor: 0, ceiling: 1},
    });
    return judgeProof(await engine.run({language: 'bash', code: 'true\n', cache: 'off'}));
  } catch (error) {
    return {kind: 'fails', reason: error instanceof Error ? error.message : String(error)};
  }
}

import {createEngine} from '@sandglass/engine';
import type {DriverName} from '@sandglass/protocol';
import {judgeProof, type LevelProof} from './findings.ts';

/** Levels that are not the default, weakest first; `kubernetes` is a cluster's to prove. */
const LEVELS = ['docker', 'gvisor', 'microvm'] as const satisfies readonly DriverName[];

/** Really runs a program at each level, one after the other: a level that starts and runs nothing is none. */
export async function proveLevels(): Promise<readonly LevelProof[]> {
  const proofs: LevelProof[] = [];
  for (const level of LEVELS) proofs.push(await proveLevel(level));
  return proofs;
}

async function proveLevel(level: DriverName): Promise<LevelProof> {
  try {
    await using engine = await createEngine({
      isolation: {allowed: [level], default: level},
      languages: ['bash'],
      // What is missing is to be told, not to stop the proof.
      allowWeaker: true,
      pool: {floor: 0, ceiling: 1},
    });
    const proof = judgeProof(await engine.run({language: 'bash', code: 'true\n', cache: 'off'}));
    const weaker = engine.levels.flatMap((each) => (each.kind === 'available' ? each.weaker : []));
    return {level, proof, weaker: proof.kind === 'works' ? weaker : []};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {level, proof: {kind: 'fails', reason}, weaker: []};
  }
}

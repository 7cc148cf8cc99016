import {createEngine} from '@sandglass/engine';
import {ImageStore, imageStoreFolder} from '@sandglass/images';
import {DRIVER_NAMES, type DriverName} from '@sandglass/protocol';
import {type Config, loadConfig} from '@sandglass/server/config';
import {engineOptions, type Wishes} from '../engine-options.ts';
import {judgeProof, type LevelProof, type Proof} from './findings.ts';

/** What became of a program at the default level, and at each of the others. */
export interface Proofs {
  readonly proof: Proof;
  readonly levels: readonly LevelProof[];
}

/**
 * Really runs a program at each level, one after the other, with the settings that a server here would have: a level that starts and runs nothing is none.
 * `kubernetes` is a cluster's to prove.
 */
export async function proveLevels(): Promise<Proofs> {
  let config: Config;
  try {
    ({config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()}));
  } catch (error) {
    return {proof: failure(error), levels: []};
  }
  const proof = await prove(config, {});
  const proven = proof.kind === 'works' ? proof.isolation.driver : null;
  const levels: LevelProof[] = [];
  for (const level of DRIVER_NAMES)
    if (level !== proven && level !== 'kubernetes')
      levels.push({
        level,
        proof: await prove(config, {isolation: level, image: await imageFor(level, config)}),
      });
  return {proof, levels};
}

async function prove(config: Config, wishes: Wishes): Promise<Proof> {
  try {
    await using engine = await createEngine({
      ...engineOptions(config, wishes),
      languages: ['bash'],
      // What is missing is to be told, not to stop the proof; nobody asked for the other levels.
      ...(wishes.isolation === undefined ? {} : {allowWeaker: true}),
    });
    const result = await engine.run({language: 'bash', code: 'true\n', cache: 'off'});
    const level = engine.levels.find(({name}) => name === result.isolation.driver);
    return judgeProof(result, level?.kind === 'available' ? level.weaker : []);
  } catch (error) {
    return failure(error);
  }
}

/** A machine needs an image. One that is stored shows what this host can do, offered or not; undefined leaves it to the settings. */
async function imageFor(level: DriverName, {dataDir, images}: Config): Promise<string | undefined> {
  if (level !== 'microvm' || images.offered.some((name) => name !== 'host')) return undefined;
  const stored = await new ImageStore(imageStoreFolder(dataDir)).list();
  return stored.find(({languages}) => languages?.some(({id}) => id === 'bash'))?.name;
}

function failure(error: unknown): Proof {
  return {kind: 'fails', reason: error instanceof Error ? error.message : String(error)};
}

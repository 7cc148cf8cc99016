import {createHash} from 'node:crypto';
import {DEFAULT_RUN_LIMITS} from '@sandglass/protocol';
import type {ImageDefinition} from '@sandglass/sandbox';
import type {LanguageRecipe, StagePlan, ToolchainCandidate} from '../recipe.ts';
import {exampleContext} from './prove-toolchain.ts';

/** Everything that decides whether a toolchain's example runs: when one of these changes, the proof is made again. */
export interface ProofSubject {
  readonly image: ImageDefinition;
  readonly isolationDigest: string;
  readonly recipe: LanguageRecipe;
  readonly candidate: ToolchainCandidate;
  readonly digest: string;
}

/** A recipe's code cannot be compared, but what it plans can: the plans for its example stand for it. */
export function proofKey({image, isolationDigest, recipe, candidate, digest}: ProofSubject): string {
  const context = exampleContext(recipe, {name: candidate.name, version: '1.0', digest});
  const subject = {
    image: image.entries.map((entry) =>
      'content' in entry ? {...entry, content: text(entry.content)} : entry,
    ),
    isolationDigest,
    language: recipe.name,
    example: recipe.example,
    versionArgv: candidate.versionArgv,
    versionPattern: candidate.versionPattern.source,
    digest,
    compile: recipe.compile === undefined ? null : planned(recipe.compile(context)),
    run: planned(recipe.run({...context, limits: DEFAULT_RUN_LIMITS})),
  };
  return createHash('sha256').update(JSON.stringify(subject)).digest('hex');
}

function planned({argv, env, files}: StagePlan) {
  return {argv, env, files: files.map(({path, content}) => ({path, content: text(content)}))};
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1');
}

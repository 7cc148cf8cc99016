import type {StagePlan} from '@sandglass/languages';
import {SandglassError, type SourceFile} from '@sandglass/protocol';

/**
 * Throws `invalid-request` when a file that the language adds (such as a go.mod) cannot exist beside the user's: one needs a folder
 * where the other is a file. The same path is fine: the plan's file replaces the user's.
 */
export function refusePlanCollisions(
  files: readonly SourceFile[],
  plans: readonly (Pick<StagePlan, 'files'> | null)[],
): void {
  const added = plans.flatMap((plan) => plan?.files ?? []).map(({path}) => path);
  if (added.length === 0) return;
  for (const [index, {path}] of files.entries()) {
    const other = added.find((each) => path.startsWith(`${each}/`) || each.startsWith(`${path}/`));
    if (other === undefined) continue;
    const message = `is "${path}", but the language keeps a file of its own at "${other}"; rename yours`;
    throw new SandglassError('invalid-request', `Cannot accept the run: /files/${index}/path ${message}.`, {
      fields: [{path: `/files/${index}/path`, message}],
    });
  }
}

import type {Job} from '../pipeline/job.ts';
import {contentKey} from './content-key.ts';

const FORMAT = 'result-2';

/**
 * The key of a whole result: everything in the request that the program, or the answer, could depend on, and `scope`, the circle
 * of callers that may see each other's results.
 */
export function resultKey(
  {spec, recipe, toolchain, compilePlan, runPlan, files, entry}: Job,
  scope: string,
): string {
  const added = [...(compilePlan?.files ?? []), ...runPlan.files];
  const {args, limits, compileLimits, cpuPinning, outputPolicy, artifacts} = spec;
  const plans = [compilePlan, runPlan].map(
    (plan) => plan && [plan.argv, plan.env, plan.files.map(({path}) => path)],
  );
  return contentKey([
    FORMAT,
    scope,
    JSON.stringify([recipe.id, toolchain, plans, entry, files.map(({path}) => path)]),
    JSON.stringify([
      args,
      Object.entries(spec.env),
      limits,
      compileLimits,
      cpuPinning,
      outputPolicy,
      artifacts,
    ]),
    spec.stdin,
    ...files.map(({content}) => content),
    ...added.map(({content}) => content),
  ]);
}

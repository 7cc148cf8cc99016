import type {Principal} from '@sandglass/accounts';
import {parseRunRequest, type RequestPolicy, type RunSpec, SandglassError} from '@sandglass/protocol';
import {policyFor} from '../access/access-control.ts';
import {checkCallback} from '../callbacks/check-callback.ts';
import type {RouteParts} from './route-parts.ts';

/** What is refused of a request, by who sent it. */
export type RulesFor = (principal: Principal) => RunBodyRules;

export interface RunBodyRules {
  readonly policy: RequestPolicy;
  readonly allowPrivateCallbacks: boolean;
}

/** Parses one run request, with everything that can be refused before it is accepted and needs no engine. */
export function parseRunBody(body: unknown, {policy, allowPrivateCallbacks}: RunBodyRules): RunSpec {
  const spec = parseRunRequest(body, policy);
  if (spec.callback !== null) checkCallback(spec.callback.url, {allowPrivate: allowPrivateCallbacks});
  return spec;
}

/** The server's rules, with the bounds of users and keys on a server that has accounts. */
export function rulesFor({
  policy,
  config,
  access,
}: Pick<RouteParts, 'policy' | 'config' | 'access'>): RulesFor {
  const rules = {policy, allowPrivateCallbacks: config.callback.allowPrivate};
  if (access === null) return () => rules;
  return (principal) => ({...rules, policy: policyFor(policy, principal)});
}

/** Runs an action for one member of a batch; what it throws then names the member. */
export function withinBatch<Result>(index: number, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SandglassError)) throw error;
    const fields = error.fields.map(({path, message}) => ({path: `/runs/${index}${path}`, message}));
    throw new SandglassError(error.code, `Run ${index} of the batch: ${error.message}`, {
      cause: error,
      fields,
    });
  }
}

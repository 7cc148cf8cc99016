import {type RunSpec, SandglassError} from '@sandglass/protocol';
import {type NetworkPermission, readGrants} from './network/network-permission.ts';
import {readTargets} from './network/target.ts';

/**
 * Throws `network-not-allowed` unless the operator allows every target that the run asks for, `invalid-request` for what is no target.
 */
export function checkNetwork({network}: Pick<RunSpec, 'network'>, allowed: NetworkPermission): void {
  if (network === 'none') return;
  if (network === 'internet') {
    if (allowed.allowInternet) return;
    throw refusal(network, 'the operator of this server does not allow the internet', allowed);
  }
  const grants = readGrants(allowed);
  const refused = readTargets(network.allow, grants).find(({host, port}) => !grants.has(`${host}:${port}`));
  if (refused === undefined) return;
  const target = `${refused.host}:${refused.port}`;
  throw refusal(network, `the operator of this server does not allow ${target}`, allowed);
}

function refusal(
  network: Exclude<RunSpec['network'], 'none'>,
  reason: string,
  allowed: NetworkPermission,
): SandglassError {
  const grants = readGrants(allowed);
  const targets = [...grants.keys()].map((target) => `"${target}"`).join(', ');
  const simple = allowed.allowInternet ? '"none", "internet"' : '"none"';
  const choices = grants.size === 0 ? simple : `${simple}, or {"allow": […]} with any of ${targets}`;
  return new SandglassError(
    'network-not-allowed',
    `Cannot run with network ${JSON.stringify(network)}: ${reason}. Use ${choices}.`,
    {fields: [{path: '/network', message: `must be ${choices}`}]},
  );
}

import {type RunSpec, SandglassError} from '@sandglass/protocol';
import type {Level} from './isolation/level.ts';
import {type NetworkPermission, readGrants} from './network/network-permission.ts';
import {needsAddress, readTargets, type Target} from './network/target.ts';

/**
 * Throws `network-not-allowed` unless the operator allows every target that the run asks for and its level can reach them, `invalid-request` for what
 * is no target.
 */
export function checkNetwork(
  {network}: Pick<RunSpec, 'network'>,
  allowed: NetworkPermission,
  level: Pick<Level, 'name' | 'hasEveryAddress'>,
): void {
  if (network === 'none') return;
  if (network === 'internet') {
    if (allowed.allowInternet) return;
    throw refusal(network, 'the operator of this server does not allow the internet', allowed);
  }
  const grants = readGrants(allowed);
  const targets = readTargets(network.allow, grants);
  const refused = targets.find(({host, port}) => !grants.has(`${host}:${port}`));
  if (refused === undefined) {
    const unreachable = level.hasEveryAddress ? undefined : targets.find(needsAddress);
    if (unreachable !== undefined) throw noAddresses(unreachable, level.name);
    return;
  }
  const target = `${refused.host}:${refused.port}`;
  throw refusal(network, `the operator of this server does not allow ${target}`, allowed);
}

function noAddresses({host, port}: Pick<Target, 'host' | 'port'>, level: string): SandglassError {
  return new SandglassError(
    'network-not-allowed',
    `Cannot run with a way to ${host}:${port}: programs of the isolation level "${level}" reach hosts by name only here. Use another level (linux, microvm), run Sandglass as root, or let the operator give the address a name (network.allow: name=${host}:${port}).`,
    {fields: [{path: '/network/allow', message: `must have names only at the level "${level}"`}]},
  );
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

import {type DriverName, type RunSpec, SandglassError} from '@sandglass/protocol';
import type {NetworkPermission} from './engine-options.ts';
import {readTargets} from './network/target.ts';

/**
 * Throws `network-not-allowed` unless the operator allows every target that the run asks for, `invalid-request` for what is no target.
 * Every level reaches single targets through a relay; none has a way to give a program the whole internet.
 */
export function checkNetwork(
  {network}: Pick<RunSpec, 'network'>,
  {level, network: allowed}: {readonly level: DriverName; readonly network: NetworkPermission},
): void {
  if (network === 'none') return;
  if (network === 'internet')
    throw refusal(network, `the ${level} driver reaches single targets only`, allowed);
  const targets = readTargets(network.allow);
  const permitted = new Set(allowed.allow.map((target) => target.toLowerCase()));
  const refused = targets.find(({host, port}) => !permitted.has(`${host}:${port}`));
  if (refused !== undefined)
    throw refusal(
      network,
      `the operator of this server does not allow ${refused.host}:${refused.port}`,
      allowed,
    );
}

function refusal(
  network: Exclude<RunSpec['network'], 'none'>,
  reason: string,
  {allow}: NetworkPermission,
): SandglassError {
  const targets = allow.map((target) => `"${target}"`).join(', ');
  const choices = allow.length === 0 ? '"none"' : `"none", or {"allow": […]} with any of ${targets}`;
  return new SandglassError(
    'network-not-allowed',
    `Cannot run with network ${JSON.stringify(network)}: ${reason}. Use ${choices}.`,
    {fields: [{path: '/network', message: `must be ${choices}`}]},
  );
}

import {type DriverName, type RunSpec, SandglassError} from '@sandglass/protocol';
import type {NetworkPermission} from './engine-options.ts';
import {readTargets} from './network/target.ts';

/** What the operator allows, and what the driver in use is. */
export interface Permissions {
  readonly driver: DriverName;
  /** Levels that a request may name. */
  readonly isolation: readonly DriverName[];
  readonly network: NetworkPermission;
}

/** Throws `isolation-unavailable` unless the run gets exactly the isolation that it names; `auto` takes what there is. */
export function checkIsolation(
  {isolation}: Pick<RunSpec, 'isolation'>,
  {driver, isolation: allowed}: Permissions,
): void {
  if (isolation === 'auto') return;
  if (isolation === driver && allowed.includes(isolation)) return;
  const available = ['auto', ...allowed.filter((name) => name === driver)].map((name) => `"${name}"`);
  throw new SandglassError(
    'isolation-unavailable',
    `Cannot run with isolation "${isolation}": it is not set up here. Use ${available.join(' or ')}.`,
    {fields: [{path: '/isolation', message: `must be ${available.join(' or ')}`}]},
  );
}

/**
 * Throws `network-not-allowed` unless the operator allows every target that the run asks for, `invalid-request` for what is no target.
 * The linux driver reaches single targets through a relay; it has no way to give a program the whole internet.
 */
export function checkNetwork(
  {network}: Pick<RunSpec, 'network'>,
  {driver, network: allowed}: Permissions,
): void {
  if (network === 'none') return;
  if (network === 'internet')
    throw refusal(network, `the ${driver} driver reaches single targets only`, allowed);
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

import {BlockList, isIPv4} from 'node:net';
import {networkInterfaces} from 'node:os';

/**
 * True for addresses of this machine, and of the links that it stands on: neighbours that are reached without a router. They are no part of
 * the internet to a stranger, even where they have public addresses. Looked up each time, as addresses come and go.
 */
export function isOwnNetwork(address: string): boolean {
  const links = new BlockList();
  for (const each of Object.values(networkInterfaces()).flat()) {
    if (each === undefined) continue;
    const family = each.family === 'IPv4' ? 'ipv4' : 'ipv6';
    links.addAddress(each.address, family);
    const prefix = Number(each.cidr?.split('/')[1]);
    if (Number.isInteger(prefix)) links.addSubnet(each.address, prefix, family);
  }
  return links.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

import {BlockList, isIP} from 'node:net';

/** Blocks of the IANA special-purpose address registries (RFC 6890) that are not globally reachable, and multicast. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16', // Link-local, and the metadata service of every large cloud.
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Outside of global unicast; inside it, those that carry an IPv4 address or are no place at all. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const block of SPECIAL_IPV4) addBlock(block, 'ipv4');
for (const block of SPECIAL_IPV6) addBlock(block, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * True for addresses of the public internet only. Everything that leads back to this machine or its network is refused: private,
 * loopback, link-local and metadata addresses, also when written as IPv6 (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

function addBlock(block: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', prefix = ''] = block.split('/');
  special.addSubnet(network, Number(prefix), family);
}

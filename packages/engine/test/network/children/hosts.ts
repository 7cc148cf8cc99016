/** The hosts of the test's internet: each address says over HTTP which one it is, and one answers for names. Ends with SIGTERM. */
import {createSocket} from 'node:dgram';
import {createServer} from 'node:http';
import {answerQuery, type Zone} from '../support/name-server.ts';
import {HOSTS, NEIGHBOUR, OWN_ADDRESS} from '../support/test-internet.ts';

/** How often a name was asked for, which some answers depend on. */
const asked = new Map<string, number>();

const zone: Zone = (name, type) => {
  const times = (asked.get(`${name} ${type}`) ?? 0) + 1;
  asked.set(`${name} ${type}`, times);
  const addresses: Readonly<Record<string, readonly string[]>> = {
    'public.example': [HOSTS.public],
    'six.example': [HOSTS.publicSix],
    'both.example': [HOSTS.publicSix, HOSTS.public],
    'private.example': [HOSTS.private],
    'metadata.example': [HOSTS.metadata],
    'carrier.example': [HOSTS.carrier],
    'azure.example': [HOSTS.azure],
    'own.example': [OWN_ADDRESS],
    'neighbour.example': [NEIGHBOUR],
    'loopback.example': ['127.0.0.1', '::1'],
    'zero.example': ['0.0.0.0', '::'],
    'multicast.example': ['224.0.0.1', 'ff02::1'],
    'mapped.example': [`::ffff:${HOSTS.private}`],
    'translated.example': [`64:ff9b::${HOSTS.private}`],
    'unique-local.example': [HOSTS.privateSix],
    'link-local.example': ['fe80::1'],
    'mixed.example': [HOSTS.private, HOSTS.public],
    'times.example': [`11.22.33.${times}`],
  };
  if (/^many-\d+\.example$/.test(name)) return type === 'A' ? [HOSTS.public] : [];
  // Lead to a public address first, and to a private one whoever asks again.
  if (/^rebinding(-\w+)?\.example$/.test(name) && type === 'A')
    return [times === 1 ? HOSTS.public : HOSTS.private];
  return addresses[name]?.filter((address) => address.includes(':') === (type === 'AAAA')) ?? null;
};

const names = createSocket('udp4');
names.on('message', (query, peer) => {
  const answer = answerQuery(query, zone);
  if (answer !== null) names.send(answer, peer.port, peer.address);
});
await new Promise<void>((resolve) => names.bind(53, HOSTS.names, resolve));

for (const port of [80, 8080, 25]) {
  const server = createServer((request, response) =>
    response.end(`${request.socket.localAddress} ${port}\n`),
  );
  await new Promise<void>((resolve) => server.listen(port, '::', resolve));
}
process.stdout.write('ready\n');

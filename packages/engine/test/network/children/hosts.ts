/** The hosts of the test's internet: each address says over HTTP which one it is, and one answers for names. Ends with SIGTERM. */
import {createSocket} from 'node:dgram';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createTcpServer} from 'node:net';
import {WITNESS_PORT} from '../support/attacks.ts';
import {hostileAnswer} from '../support/hostile-answers.ts';
import {answerQuery, nameIn, type Zone} from '../support/name-server.ts';
import {serveOddly} from '../support/odd-hosts.ts';
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
  const answer = hostileAnswer(nameIn(query), query, 'udp') ?? answerQuery(query, zone);
  if (answer !== null) names.send(answer, peer.port, peer.address);
});
await new Promise<void>((resolve) => names.bind(53, HOSTS.names, resolve));
await answerOverTcp((query) => hostileAnswer(nameIn(query), query, 'tcp') ?? answerQuery(query, zone));

/** What came here that is no TCP and no query of the worker's: nothing may. */
const witness = createSocket({type: 'udp6', ipv6Only: false});
let datagrams = 0;
witness.on('message', () => {
  datagrams += 1;
});
await new Promise<void>((resolve) => witness.bind(WITNESS_PORT, '::', resolve));

for (const port of [80, 8080, 25]) {
  const server = createServer((request, response) =>
    response.end(
      request.url === '/witness'
        ? `${datagrams} datagrams, ${echoRequests()} echo requests\n`
        : `${request.socket.localAddress} ${port}\n`,
    ),
  );
  await new Promise<void>((resolve) => server.listen(port, '::', resolve));
}
await serveOddly();
process.stdout.write('ready\n');

/** Of this network namespace (proc_net_snmp(5)). */
function echoRequests(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Icmp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('InEchos')]);
}

/** RFC 7766: each message has its length in front. */
async function answerOverTcp(answer: (query: Buffer) => Buffer | null): Promise<void> {
  const server = createTcpServer((socket) => {
    let got: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      got = Buffer.concat([got, data]);
      while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
        const end = 2 + got.readUInt16BE(0);
        const reply = answer(got.subarray(2, end));
        if (reply !== null)
          socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
        got = got.subarray(end);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(53, HOSTS.names, resolve));
}

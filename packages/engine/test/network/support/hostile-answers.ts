import {isIPv4} from 'node:net';
import {questionEnd} from './name-server.ts';
import {HOSTS} from './test-internet.ts';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const TYPE_CNAME = 5;
/** Past what a datagram may hold; over TCP it fits. */
const MANY = 3000;

/**
 * Answers of name servers that mean harm, by the first label of `LABEL.hostile.example`: what they lead to, or what parsers stumble over. Null for
 * names that are not of this kind.
 */
export function hostileAnswer(name: string, query: Buffer, transport: 'udp' | 'tcp'): Buffer | null {
  const [, label] = /^([a-z-]+)\.hostile\.example$/.exec(name) ?? [];
  const answer = label === undefined ? undefined : ANSWERS[label];
  return answer === undefined ? null : answer(query, transport);
}

/** The name that was asked for, by reference. */
const OWNER = pointer(HEADER_BYTES);

const ANSWERS: Readonly<Record<string, (query: Buffer, transport: 'udp' | 'tcp') => Buffer>> = {
  'alias-public': (query) =>
    message(query, [alias(OWNER, nameOf('public.example')), address(nameOf('public.example'), HOSTS.public)]),
  'alias-private': (query) =>
    message(query, [
      alias(OWNER, nameOf('private.example')),
      address(nameOf('private.example'), HOSTS.private),
    ]),
  // The address as that of a name that may be asked for, in the same answer.
  'alias-metadata': (query) =>
    message(query, [
      alias(OWNER, nameOf('public.example')),
      address(nameOf('public.example'), HOSTS.metadata),
    ]),
  'alias-loop': (query) =>
    message(query, [alias(OWNER, nameOf('b.example')), alias(nameOf('b.example'), OWNER)]),
  'alias-chain': (query) =>
    message(query, [
      alias(OWNER, nameOf('c0.example')),
      ...Array.from({length: 40}, (_, n) => alias(nameOf(`c${n}.example`), nameOf(`c${n + 1}.example`))),
      address(nameOf('c40.example'), HOSTS.private),
    ]),
  // The owner's name is a pointer to that very pointer.
  'pointer-loop': (query) => {
    const head = message(query, []);
    head.writeUInt16BE(1, 6);
    return Buffer.concat([head, address(pointer(head.length), HOSTS.public)]);
  },
  'pointer-outside': (query) => message(query, [address(pointer(0x3fff), HOSTS.public)]),
  'cut-off': (query) => {
    const whole = message(query, [address(OWNER, HOSTS.public), address(OWNER, HOSTS.public)]);
    return whole.subarray(0, whole.length - 21);
  },
  'many-private': (query, transport) => {
    if (transport === 'udp') return truncated(query);
    return message(
      query,
      Array.from({length: MANY}, () => address(OWNER, HOSTS.private)),
    );
  },
  'many-mixed': (query, transport) => {
    if (transport === 'udp') return truncated(query);
    const near = Array.from({length: MANY}, () => address(OWNER, HOSTS.private));
    return message(query, [...near, address(OWNER, HOSTS.public)]);
  },
  'long-address': (query) => message(query, [record(OWNER, TYPE_A, Buffer.alloc(400, 10))]),
  noise: (query) => Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80]), Buffer.alloc(200, 0xc1)]),
};

function message(query: Buffer, records: readonly Buffer[]): Buffer {
  const head = Buffer.from(query.subarray(0, questionEnd(query)));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

/** Says that the rest is to be had over TCP. */
function truncated(query: Buffer): Buffer {
  const head = message(query, []);
  head.writeUInt16BE(0x8380, 2);
  return head;
}

function alias(owner: Buffer, target: Buffer): Buffer {
  return record(owner, TYPE_CNAME, target);
}

function address(owner: Buffer, text: string): Buffer {
  if (!isIPv4(text)) throw new RangeError(`${text} is no IPv4 address.`);
  return record(owner, TYPE_A, Buffer.from(text.split('.').map(Number)));
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, head, data]);
}

function nameOf(text: string): Buffer {
  const labels = text.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function pointer(offset: number): Buffer {
  return Buffer.from([0xc0 | (offset >> 8), offset & 0xff]);
}

/** Names that have such an answer. */
export const HOSTILE_NAMES: readonly string[] = Object.keys(ANSWERS).map(
  (label) => `${label}.hostile.example`,
);

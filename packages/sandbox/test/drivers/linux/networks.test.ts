import type {LinuxDriver} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {python} from '../../support/run-in.ts';
import {startedLinuxDriver} from './support/linux-setup.ts';

/** All that a program can learn about its network, once the kernel has freed the socket that a new one was set up with. */
const LOOK = `
import os, time
while not open("/proc/net/sockstat").readline().endswith("used 0\\n"): time.sleep(0.01)
for name in ("dev", "snmp", "snmp6", "netstat", "ip6_flowlabel", "unix", "tcp", "tcp6", "udp", "udp6", "raw", "igmp", "igmp6", "if_inet6", "arp", "route", "ipv6_route"):
    try: print(name, open("/proc/net/" + name).read())
    except OSError as error: print(name, error.strerror)
print(open("/proc/net/sockstat").readline())
`;

const IDENTITY = `
import os, time
while not open("/proc/net/sockstat").readline().endswith("used 0\\n"): time.sleep(0.01)
print(os.stat("/proc/self/ns/net").st_ino)`;

/** Whatever may leave something behind in a network that one has no rights over. */
const LEAVING: readonly (readonly [what: string, source: string])[] = [
  [
    'a connection over the loopback device',
    'a = socket.create_server(("127.0.0.1", 8080)); b = socket.create_connection(("127.0.0.1", 8080)); c = a.accept()[0]; b.sendall(b"secret"); c.recv(9)',
  ],
  ['a datagram', 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"secret", ("127.0.0.1", 9))'],
  ['an attempt that finds no route', 'socket.socket().connect_ex(("192.0.2.1", 80))'],
  [
    'an attempt over IPv6 that finds no route',
    'socket.socket(socket.AF_INET6).connect_ex(("2001:db8::1", 80))',
  ],
  ['a refused connection', 'socket.socket().connect_ex(("127.0.0.1", 1))'],
  [
    'a flow label',
    'socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).setsockopt(41, 32, socket.inet_pton(socket.AF_INET6, "::1") + struct.pack("!I", 0x12345) + bytes([0, 255]) + struct.pack("=HHHI", 1, 600, 600, 0))',
  ],
  [
    'listening sockets in flight between sockets that are closed',
    'l = socket.create_server(("127.0.0.1", 8081)); x, y = socket.socketpair(); socket.send_fds(x, [b"x"], [l.fileno(), x.fileno(), y.fileno()]); socket.send_fds(y, [b"y"], [x.fileno(), y.fileno()])',
  ],
  [
    'memberships of multicast groups',
    's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(0, 35, socket.inet_aton("239.1.2.3") + socket.inet_aton("127.0.0.1"))',
  ],
  ['an abstract name', 's = socket.socket(socket.AF_UNIX); s.bind("\\0secret"); s.listen()'],
];

describe('the network of a sandbox', () => {
  let driver: LinuxDriver;
  beforeAll(async () => {
    driver = await startedLinuxDriver();
  });
  afterAll(() => driver.close());

  async function inFresh(source: string): Promise<string> {
    await using sandbox = await driver.create({image: 'host', network: 'none'}, LIMITS, {signal: undefined});
    return (await python(sandbox, source)).stdout;
  }

  it('serves the next sandbox when no program has used it', async () => {
    const first = await inFresh(IDENTITY);
    expect(await inFresh(IDENTITY)).toBe(first);
    expect(await inFresh(`import socket; socket.socket(); socket.socketpair()\n${IDENTITY}`)).toBe(first);
    expect(await inFresh(IDENTITY)).toBe(first);
  });

  it('has no groups to join, whose reports would come when the program is long gone', async () => {
    const join = (family: string, level: string, name: number, value: string) =>
      `try: socket.socket(${family}, socket.SOCK_DGRAM).setsockopt(${level}, ${name}, ${value})\nexcept OSError as error: print(error.errno == errno.ENODEV)\n`;
    const v4 = 'socket.inet_aton("239.1.2.3") + socket.inet_aton("127.0.0.1")';
    const v6 = 'socket.inet_pton(socket.AF_INET6, "ff01::5") + bytes([1, 0, 0, 0])';
    const printed = await inFresh(
      `import errno, socket\n${join('socket.AF_INET', '0', 35, v4)}${join('socket.AF_INET', '0', 39, `${v4} + bytes(4)`)}${join('socket.AF_INET', '0', 42, 'bytes(136)')}${join('socket.AF_INET6', '41', 20, v6)}${join('socket.AF_INET6', '41', 27, v6)}${join('socket.AF_INET6', '41', 46, 'bytes(264)')}socket.socket().setsockopt(1, 2, 1)`,
    );
    expect(printed).toBe('True\n'.repeat(6));
  });

  it('is thrown away after traffic', async () => {
    const used = await inFresh(
      `import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9))\n${IDENTITY}`,
    );
    expect(await inFresh(IDENTITY)).not.toBe(used);
  });

  it.each(LEAVING)('shows nothing of %s that an earlier program left', async (_, source) => {
    const clean = await inFresh(LOOK);
    expect(clean).toContain('sockets: used 0');
    await inFresh(
      `import socket, struct\ntry:\n    ${source.replaceAll('; ', '\n    ')}\nexcept OSError as error: print(error)`,
    );
    expect(await inFresh(LOOK)).toBe(clean);
  });
});

import {ODD_PORTS} from './odd-hosts.ts';
import {HOSTS, NEIGHBOUR, OWN_ADDRESS} from './test-internet.ts';

/** Ways to write addresses that nobody may reach by address; resolvers of C take most of them (inet_aton(3)). */
const SPELLINGS = [
  ...Object.values(HOSTS),
  OWN_ADDRESS,
  NEIGHBOUR,
  '0.0.0.0',
  '0',
  '127.1',
  '2130706433',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '::',
  '::1',
  '169.254.43518',
  '2852039166',
  '0251.0376.0251.0376',
  '0xa9fea9fe',
  '10.1316904',
  '169090600',
  `::ffff:${HOSTS.private}`,
  `::ffff:${HOSTS.public}`,
  '::ffff:a9fe:a9fe',
  `64:ff9b::${HOSTS.private}`,
  '2002:a14:1e28::1',
  'fe80::1',
  '224.0.0.1',
  '255.255.255.255',
];

/** What a program sees that has no way to a place: no such name, no route, nobody there. */
export const UNREACHED = ['gaierror', 'OSError', 'ConnectionRefusedError', 'PermissionError'];

/** Prints what could be reached by address, however written, and a last line. */
export const BY_ADDRESS = `
for a in ${JSON.stringify(SPELLINGS)}:
    seen = fetch(a)
    if seen not in ${JSON.stringify(UNREACHED)}: print("reached", a, seen)
print("looked")`;

/** A port of the hosts on which only datagrams are counted. */
export const WITNESS_PORT = 9999;

/** Sends what is no TCP, prints what answered, and then what the hosts say that they got of it. Needs the internet, so that the hosts can say it. */
export const OTHER_PROTOCOLS = `
QUERY = b"\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\x06public\\x07example\\0\\0\\x01\\0\\x01"
ECHO = b"\\x08\\0\\xf7\\xff\\0\\0\\0\\0"
def send(title, family, kind, protocol, data, address):
    try:
        s = socket.socket(family, kind, protocol); s.settimeout(0.1)
        for _ in range(3): s.sendto(data, address)
        got = s.recv(600)
        # A sandbox may answer its own echo requests.
        if protocol == 0: print(title, address, got)
    except (OSError, AttributeError): pass
for host in ("${HOSTS.names}", "${HOSTS.public}", "${HOSTS.metadata}"):
    for port in (53, 123, ${WITNESS_PORT}): send("datagram", socket.AF_INET, socket.SOCK_DGRAM, 0, QUERY, (host, port))
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW): send("echo", socket.AF_INET, kind, socket.IPPROTO_ICMP, ECHO, (host, 0))
    try: socket.create_connection((host, 53), timeout=2); print("names over TCP", host)
    except OSError: pass
send("datagram", socket.AF_INET6, socket.SOCK_DGRAM, 0, QUERY, ("${HOSTS.publicSix}", ${WITNESS_PORT}))
try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print("packets")
except OSError: pass
try: socket.create_connection(("127.0.0.1", 53), timeout=2); print("the relay speaks TCP")
except OSError: pass
s = socket.create_connection(("public.example", 80), timeout=8)
s.sendall(b"GET /witness HTTP/1.0\\r\\n\\r\\n")
data = b""
while chunk := s.recv(4096): data += chunk
print(data.decode().split("\\r\\n\\r\\n")[-1].strip())`;

/** Asks the relay what no resolver asks, then something ordinary. */
export const HOSTILE_QUERIES = `
import os
HEAD = b"\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0"
END = b"\\0\\0\\x01\\0\\x01"
queries = [b"", b"\\0", HEAD, HEAD + b"\\xc0\\x0c" + END, HEAD + b"\\x06public\\xc0\\x0c" + END, HEAD + b"\\x40" + b"a" * 64 + END, HEAD + b"\\x3f" + b"a" * 20,
    HEAD + (b"\\x3f" + b"a" * 63) * 4 + END, HEAD + b"\\x01a" * 127 + END, HEAD + b"\\x06pub\\0ic\\x07example" + END, HEAD + b"\\x0epublic.example" + END, HEAD + END,
    HEAD[:4] + b"\\0\\0" + HEAD[6:], HEAD[:4] + b"\\xff\\xff" + HEAD[6:] + b"\\x01a" * 100, HEAD[:2] + b"\\x81\\x80" + HEAD[4:] + b"\\x06public\\x07example" + END,
    HEAD + b"\\x06public\\x07example\\0\\0\\xff\\0\\xff", b"\\xff" * 512, os.urandom(4000)]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(20):
    for query in queries: s.sendto(query, ("127.0.0.1", 53))
print(fetch("public.example"))`;

/** Asks for more names than a run may at once: prints whether the bound held, whether each name had an address of its own, whether some were found. */
export const NAME_FLOOD = `
import os, threading
# Queries past what the relay holds are dropped; whoever waits for their answers asks again after five seconds (resolv.conf(5)).
os.environ["RES_OPTIONS"] = "timeout:1 attempts:2"
found = []
def look(n):
    try: found.append(socket.gethostbyname(f"many-{n}.example"))
    except OSError: pass
started = time.time()
threads = [threading.Thread(target=look, args=(n,)) for n in range(60)]
for t in threads: t.start()
for t in threads: t.join()
print(len(found) <= 40 + 10 * (time.time() - started) + 1, len(set(found)) == len(found), len(found) > 10)`;

/** As the operator's list has them. */
export const ODD_TARGETS = Object.values(ODD_PORTS).map((port) => `odd.inside:${port}`);

/** Talks to hosts that do not behave; prints what came of each. */
export const ODD_HOSTS = `
def dial(port):
    s = socket.create_connection(("odd.inside", port), timeout=20)
    s.settimeout(20)
    return s
def got(act):
    try: return act()
    except OSError as error: return type(error).__name__
print("ends", got(lambda: dial(${ODD_PORTS.endsAtOnce}).recv(1)))
print("breaks", got(lambda: dial(${ODD_PORTS.breaks}).recv(1)))
s = dial(${ODD_PORTS.counts}); s.sendall(b"x" * 1000000); s.shutdown(socket.SHUT_WR)
print("half", s.recv(100))
s = dial(${ODD_PORTS.endsAndHears}); ended = s.recv(1); s.sendall(b"y" * 300000); s.close()
heard = b""
for _ in range(200):
    if (heard := dial(${ODD_PORTS.heard}).recv(100)) == b"300000\\n": break
    time.sleep(0.05)
print("after", ended, heard)
s = dial(${ODD_PORTS.endless})
print("slowly", sum(len(s.recv(1000)) > 0 or time.sleep(0.01) or 0 for _ in range(50))); s.close()
s = dial(${ODD_PORTS.silent}); s.settimeout(1); sent = 0
try:
    while sent < 1 << 26: sent += s.send(b"z" * 65536)
except TimeoutError: pass
print("bounded", 0 < sent < 1 << 26)
held = [got(lambda: dial(${ODD_PORTS.silent})) for _ in range(300)]
del held, s
last = None
for _ in range(200):
    if (last := got(lambda: dial(${ODD_PORTS.endsAtOnce}).recv(1))) == b"": break
    time.sleep(0.05)
print("flood", last)`;

export const ODD_HOSTS_PRINTS = `ends b''
breaks ConnectionResetError
half b'1000000\\n'
after b'' b'300000\\n'
slowly 50
bounded True
flood b''
`;

/** Has gcc start a program of the attacker's instead of each of its own: the compile stage, which never has a network, as an attacker. */
export const COMPILER_ATTACK = {
  language: 'c',
  code: 'int main(void) { return 0; }\n',
  compilerOptions: ['-wrapper', 'python3,-I,-S,attack.py'],
};

/** The program: says on standard error what it could reach, and a last line, then fails, so that the compile does. */
export function compilerAttack(prelude: string): string {
  return `${prelude}
sys.stdout = sys.stderr${BY_ADDRESS}
for name in ("public.example", "web.inside", "127.64.0.1", "127.64.1.0"):
    seen = fetch(name)
    if seen not in ${JSON.stringify(UNREACHED)}: print("reached", name, seen)
sys.exit(1)`;
}

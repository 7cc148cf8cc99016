import {createHash, randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';

const DOWNLOAD = randomBytes(3 * 1024 * 1024);

describe('row 25: a run with network targets', () => {
  const owned = new AsyncDisposableStack();
  let engine: Engine;
  let echo: number;
  let forbidden: number;
  let download: number;
  let closedPort: number;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-network-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    echo = await serve(owned, (socket) => socket.pipe(socket));
    forbidden = await serve(owned, (socket) => socket.end('secret'));
    download = await serve(owned, (socket) => socket.end(DOWNLOAD));
    closedPort = await unusedPort();
    engine = owned.use(
      await createEngine({
        dataDir,
        network: {
          allowInternet: false,
          allow: [
            `127.0.0.1:${echo}`,
            `localhost:${download}`,
            `echo.example:${echo}`,
            `127.0.0.1:${closedPort}`,
          ],
        },
      }),
    );
  }, 120_000);

  afterAll(() => owned.disposeAsync());

  const run = (code: string, allow: string[], extra: Record<string, unknown> = {}) =>
    engine.run({language: 'python', code, network: {allow}, ...extra});

  it('reaches what is allowed, byte for byte and both ways, and sees the end of the other side', async () => {
    const result = await run(
      `import socket, hashlib, os
data = os.urandom(1 << 20)
s = socket.create_connection(("127.0.0.1", ${echo}))
import threading
threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
back = b""
while chunk := s.recv(1 << 16): back += chunk
print(back == data)`,
      [`127.0.0.1:${echo}`],
    );
    expect(result.run?.stderr).toBe('');
    expect(result.run?.stdout).toBe('True\n');
  });

  it('reads more than the windows hold from a host given by name, slowly', async () => {
    const result = await run(
      `import socket, hashlib, time
s = socket.create_connection(("localhost", ${download}))
h, n = hashlib.sha256(), 0
while chunk := s.recv(1 << 16):
    h.update(chunk); n += len(chunk)
    if n < 300000: time.sleep(0.02)
print(n, h.hexdigest())`,
      [`localhost:${download}`],
    );
    expect(result.run?.stdout).toBe(
      `${DOWNLOAD.length} ${createHash('sha256').update(DOWNLOAD).digest('hex')}\n`,
    );
  });

  it('reaches nothing else: no other port of the same host, no other name or address', async () => {
    const result = await run(
      `import socket
for target in (("127.0.0.1", ${forbidden}), ("localhost", ${forbidden}), ("unknown.example", 80), ("192.0.2.1", 80)):
    try:
        socket.create_connection(target, timeout=2); print("reached", target)
    except OSError as error: print(type(error).__name__)`,
      [`127.0.0.1:${echo}`],
    );
    expect(result.run?.stdout).not.toContain('reached');
    expect(result.run?.stdout.trim().split('\n')).toHaveLength(4);
  });

  it('finds the name of a target, whose connection is reset when the name leads nowhere', async () => {
    const result = await run(
      `import socket
print(socket.gethostbyname("echo.example"))
s = socket.create_connection(("echo.example", ${echo}))
try: print(s.recv(1))
except ConnectionResetError: print("reset")`,
      [`echo.example:${echo}`],
    );
    expect(result.run?.stdout).toMatch(/^127\.64\.0\.1\nreset\n$/);
  });

  it('sees a reset when the target refuses', async () => {
    const result = await run(
      `import socket
s = socket.create_connection(("127.0.0.1", ${closedPort}))
try: print(s.recv(1))
except ConnectionResetError: print("reset")`,
      [`127.0.0.1:${closedPort}`],
    );
    expect(result.run?.stdout).toBe('reset\n');
  });

  it('survives a flood of connections, and the run ends in time', async () => {
    const result = await run(
      `import socket
held = []
for i in range(500):
    try: held.append(socket.create_connection(("127.0.0.1", ${echo}), timeout=1))
    except OSError: pass
print("done")`,
      [`127.0.0.1:${echo}`],
      {limits: {wallTimeMs: 20_000}},
    );
    expect(result.run?.stdout).toBe('done\n');
  }, 30_000);

  it('has as many connections one after the other as it likes, each with its own bytes', async () => {
    const result = await run(
      `import socket, struct
wrong = 0
for i in range(400):
    s = socket.create_connection(("127.0.0.1", ${echo}), timeout=10)
    s.sendall(str(i).encode())
    # Every third is broken off with what is under way, every second of the others ended in order.
    if i % 3 == 0: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif s.recv(16) != str(i).encode(): wrong += 1
    if i % 2 == 0 and i % 3 != 0: s.shutdown(socket.SHUT_WR); wrong += s.recv(16) != b""
    s.close()
print("wrong", wrong)`,
      [`127.0.0.1:${echo}`],
      {limits: {wallTimeMs: 60_000}},
    );
    expect(result.run?.stdout).toBe('wrong 0\n');
  }, 90_000);

  it('leaves its directory and its limits as they were described', async () => {
    const result = await run('import os; print(sorted(os.listdir(".")), os.listdir(".sandglass"))', [
      `127.0.0.1:${echo}`,
    ]);
    expect(result.run?.stdout).toBe("['.sandglass', 'main.py'] []\n");
  });

  it.each([
    ['a target that the operator did not list', ['example.org:443'], 'network-not-allowed'],
    ['an address that the operator did not list', ['10.0.0.1:80'], 'network-not-allowed'],
    ['an address that no host has', ['224.0.0.1:80'], 'invalid-request'],
    ['an address of IPv6 without a name', ['[fd00::5]:80'], 'invalid-request'],
    ['something that is no target', ['nonsense'], 'invalid-request'],
  ])('is refused %s', async (_title, allow, code) => {
    await expect(run('print(1)', allow)).rejects.toMatchObject({code});
  });

  it('is refused the whole internet, with the reason and what is allowed', async () => {
    await expect(engine.run({language: 'python', code: '1', network: 'internet'})).rejects.toThrow(
      /does not allow the internet.*echo\.example/,
    );
  });
});

async function serve(owned: AsyncDisposableStack, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({allowHalfOpen: false}, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  owned.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return await listen(server);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import {randomUUID} from 'node:crypto';
import {createServer} from 'node:net';
import type {Sandbox} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import {compiledProgram} from '../support/compiled-program.ts';
import {python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

/** What a program can see and reach. */
export function describeIsolation(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('runs the program as an ordinary user without any privilege', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(sandbox, 'id -u; id -g; id -G; cat /proc/self/status');
    expect(stdout).toMatch(/^1000\n1000\n1000\n/);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd'])
      expect(stdout).toContain(`${set}:\t0000000000000000\n`);
    // Kernels that know these show them.
    expect(stdout).not.toMatch(/CapAmb:\t0*[1-9a-f]/);
    expect(stdout).not.toContain('NoNewPrivs:\t0');
    expect(stdout).toMatch(/Seccomp:\t2\n/);
  });

  itWith(setup, 'separate-uid')(
    'refuses every system call that could widen what the program may do',
    async () => {
      await using sandbox = await test.sandbox();
      const ended = await runIn(sandbox, ['./try-forbidden-calls'], {
        files: [compiledProgram('try-forbidden-calls')],
      });
      const allowed = setup.lacks.includes('device-nodes') ? 'mknod of a device was allowed\n' : '';
      expect(ended).toMatchObject({exitCode: 0, stdout: `${allowed}done\n`});
    },
  );

  it('shows a program its own processes only', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await python(
      sandbox,
      'import os; print(sorted(int(n) for n in os.listdir("/proc") if n.isdigit()), os.getpid())',
    );
    expect(stdout).toMatch(/^\[(1, )?(\d+)\] \2\n$/);
  });

  itWith(
    setup,
    'separate-uid',
    'agent-proc',
  )('keeps what belongs to the agent from the program', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(
      sandbox,
      'for f in environ fd maps mem exe cwd root fdinfo stack; do { cat /proc/1/$f || ls -l /proc/1/$f/; } >/dev/null 2>&1 && echo "$f is open"; done; kill -0 1 2>/dev/null && echo "can signal"; echo checked',
    );
    expect(stdout).toBe('checked\n');
  });

  itWith(setup, 'statx')('passes nothing of the worker on: no variable, no descriptor, no name', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(
      sandbox,
      'tr "\\0" "\\n" < /proc/self/environ; ls /proc/self/fd | tr "\\n" " "; hostname',
      {
        env: {PATH: '/usr/bin:/bin'},
      },
    );
    expect(stdout).toBe('PATH=/usr/bin:/bin\n0 1 2 3 sandbox\n');
  });

  it('has no network: one interface, no route, no name of the host, no way to its ports or sockets', async () => {
    await using sandbox = await test.sandbox();
    await using listening = await listenOnLoopback();
    const source = `
import os, socket
print(sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').read().splitlines()[2:]))
for address in [('127.0.0.1', ${listening.port}), ('8.8.8.8', 53), ('10.0.0.1', 80)]:
    try:
        socket.create_connection(address, timeout=1); print('connected to', address)
    except OSError: pass
try:
    names = [line.split()[-1] for line in open('/proc/net/unix').read().splitlines()[1:]]; print(names)
except OSError: print([])`;
    expect((await python(sandbox, source)).stdout).toBe("['lo']\n[]\n");
  });

  it('reaches neither an abstract socket of the host nor a port or abstract socket of another sandbox', async () => {
    await using sandbox = await test.sandbox();
    await using peer = await test.sandbox();
    const name = `sandglass-test-${randomUUID()}`;
    await using _ofHost = await listenOnAbstractSocket(`host-${name}`);
    const serve = `
import os, socket
port = socket.create_server(('0.0.0.0', 0))
path = socket.socket(socket.AF_UNIX); path.bind('\\0peer-${name}'); path.listen()
print(port.getsockname()[1], flush=True)
if os.fork() == 0:
    for fd in (0, 1, 2): os.close(fd)
    import time; time.sleep(60)`;
    const port = Number((await python(peer, serve, {keepOthers: true})).stdout);
    expect(port).toBeGreaterThan(0);
    const connect = `
import socket
def attempt(family, address):
    s = socket.socket(family); s.settimeout(1)
    try: s.connect(address); print('connected to', address)
    except OSError as error: print(error.strerror)
attempt(socket.AF_UNIX, '\\0host-${name}')
attempt(socket.AF_UNIX, '\\0peer-${name}')
attempt(socket.AF_INET, ('127.0.0.1', ${port}))`;
    const refused = 'Connection refused\n'.repeat(3);
    expect((await python(sandbox, connect)).stdout).toBe(refused);
    const fromPeer = await python(peer, connect, {keepOthers: true});
    expect(fromPeer.stdout).toMatch(/^Connection refused\nconnected to .*\nconnected to .*\n$/);
  });

  it('has a loopback of its own that works', async () => {
    await using sandbox = await test.sandbox();
    const source = `
import socket, threading
server = socket.create_server(('127.0.0.1', 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b'hello')).start()
print(socket.create_connection(server.getsockname()).recv(5).decode())`;
    expect((await python(sandbox, source)).stdout).toBe('hello\n');
  });

  it('has a read-only root and writable space only where it belongs', async () => {
    await using sandbox = await test.sandbox();
    const source = `
import os
for path in ['/', '/usr', '/usr/bin', '/etc', '/dev', '/proc', '/opt', '/work', '/tmp', '/dev/shm']:
    try:
        os.close(os.open(path + '/probe', os.O_CREAT | os.O_WRONLY)); print('writable', path)
    except OSError: pass
for path in ['/etc/passwd', '/usr/bin/env', '/usr/bin/sh', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger', '/proc/1/oom_score_adj']:
    try:
        os.close(os.open(path, os.O_WRONLY)); print('writable', path)
    except OSError: pass`;
    expect((await python(sandbox, source)).stdout).toBe('writable /work\nwritable /tmp\nwritable /dev/shm\n');
  });

  itWith(setup, 'bare-root')(
    'shows nothing of the host: no /sys, no devices but the harmless, no other file systems',
    async () => {
      await using sandbox = await test.sandbox();
      const {stdout} = await shell(
        sandbox,
        'ls /sys /home /root /var /run /boot /mnt 2>/dev/null; ls /dev | tr "\\n" " "',
      );
      expect(stdout).toBe('fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ');
      const places = (await mountPoints(sandbox)).map(({place}) => place);
      for (const place of places) expect(place).toMatch(/^\/($|dev|proc|work$|tmp$|usr|etc|opt|bin|lib)/);
    },
  );

  it('closes what the kernel tells through /proc to those it does not concern', async () => {
    await using sandbox = await test.sandbox();
    const script =
      'for f in /proc/kcore /proc/kallsyms /proc/keys /proc/key-users /proc/timer_list /proc/sched_debug /proc/vmallocinfo /proc/slabinfo /proc/kmsg /proc/iomem /proc/modules; do [ -n "$(head -c 64 $f 2>/dev/null | tr -d "\\0" | grep -v " 00000000-")" ] && echo "$f"; done; echo checked';
    expect((await shell(sandbox, script)).stdout).toBe('checked\n');
  });

  itWith(setup, 'nosuid-mounts')('honours no set-user-id bit and no device file anywhere', async () => {
    await using sandbox = await test.sandbox();
    for (const {place, options} of await mountPoints(sandbox)) {
      expect([place, options]).toEqual([place, expect.stringContaining('nosuid')]);
      if (!place.startsWith('/dev/') && !place.startsWith('/proc/') && place !== '/')
        expect([place, options]).toEqual([place, expect.stringContaining('nodev')]);
    }
  });

  it('keeps two sandboxes apart', async () => {
    await using first = await test.sandbox();
    await using second = await test.sandbox();
    const holding = await shell(
      first,
      'echo secret > /tmp/secret; sleep 30 >/dev/null 2>&1 & while ! grep -q sleep /proc/$!/comm; do :; done',
      {keepOthers: true},
    );
    expect(holding.exitCode).toBe(0);
    const {stdout} = await shell(
      second,
      'ls /tmp /work /dev/shm; ls /proc | grep -c "^[0-9]"; ipcs -m 2>/dev/null | grep -c 0x; kill -9 -1 2>/dev/null; echo survived',
      {
        keepOthers: true,
      },
    );
    expect(stdout).not.toContain('secret');
    const alive = await shell(first, 'grep -l sleep /proc/[0-9]*/comm | wc -l', {keepOthers: true});
    expect(alive.stdout).toBe('1\n');
  });

  it('says what it enforces, and remedies for what it does not', async () => {
    const {driver} = test;
    expect(driver.isolation.driver).toBe(driver.name);
    expect(driver.isolation.enforced.length).toBeGreaterThan(0);
    for (const weaker of driver.isolation.weaker)
      for (const part of [weaker.mechanism, weaker.reason, weaker.remedy]) expect(part).not.toBe('');
  });
}

/** Where something is mounted inside, and how (proc_pid_mountinfo(5), fields 5 and 6). */
async function mountPoints(sandbox: Sandbox): Promise<{place: string; options: string}[]> {
  const {stdout} = await shell(sandbox, 'cat /proc/self/mountinfo');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
    .map((fields) => ({place: fields[4] ?? '', options: fields[5] ?? ''}));
}

async function listenOnLoopback(): Promise<AsyncDisposable & {readonly port: number}> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Listens where no file system separates host and sandbox: only the network namespace does (unix(7), abstract sockets). */
async function listenOnAbstractSocket(name: string): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(`\0${name}`, resolve));
  return {
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

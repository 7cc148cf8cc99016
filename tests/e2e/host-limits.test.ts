import {request} from 'node:http';
import type {Run} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ServerProcess} from './support/server-process.ts';

const MIB = 1024 * 1024;
const DISK_RATE = 4 * MIB;
const POOL_FLOOR = 3;

describe('a server with limits for its host', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({
      env: {
        SANDGLASS_DISK_IO_BYTES_PER_SECOND: String(DISK_RATE),
        SANDGLASS_POOL_FLOOR: String(POOL_FLOOR),
        SANDGLASS_POOL_CEILING: String(POOL_FLOOR),
        SANDGLASS_CONCURRENCY: '1',
      },
    });
  }, 120_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('row 21: a spinner on two processes gets no more than its share of a core over 5 s', async () => {
    const run = await server.run({
      language: 'python',
      code: 'import os\nos.fork()\nwhile True: pass',
      limits: {wallTimeMs: 5000, cpuTimeMs: 20_000, cpuCount: 0.5},
    });
    expect(run.outcome).toBe('time-limit');
    const {cpuTimeMs, wallTimeMs} = run.run ?? {cpuTimeMs: 0, wallTimeMs: 0};
    // One period of 100 ms may be used in full before the first is over.
    expect(cpuTimeMs).toBeLessThanOrEqual(0.5 * wallTimeMs + 200);
    expect(cpuTimeMs).toBeGreaterThan(0.2 * wallTimeMs);
  });

  it('row 24: reading N MiB from a disk takes at least N divided by the rate, and writing reaches no disk', async () => {
    const run = await server.run({language: 'python', code: READ_FROM_DISK, limits: {wallTimeMs: 60_000}});
    expect(run.run?.stderr).toBe('');
    const {readBytes, seconds, writable} = JSON.parse(run.run?.stdout ?? '{}') as {
      readBytes: number;
      seconds: number;
      writable: string[];
    };
    expect(readBytes).toBe(8 * MIB);
    expect(seconds).toBeGreaterThanOrEqual((0.9 * readBytes) / DISK_RATE);
    // Memory, the kernel's own file systems, and device nodes such as /dev/null.
    expect(writable.filter((type) => !['tmpfs', 'devpts', 'proc', 'devtmpfs'].includes(type))).toEqual([]);
  });

  it('row 30: the pool is full again after a run, and a ready sandbox is quicker than a new one', async () => {
    await server.run({language: 'bash', code: 'true'});
    // Runtimes that wait for their program come on top.
    await expect.poll(async () => await readyCount(server)).toBeGreaterThanOrEqual(POOL_FLOOR);
  });

  it('row 35: nobody but its worker talks to an agent or to the launcher', async () => {
    const run = await server.run({
      language: 'python',
      code: `import glob, os, socket
found = [p for p in glob.glob("/run/**", recursive=True) + glob.glob("/tmp/**", recursive=True) if os.path.exists(p) and p.endswith(".sock")]
listening = [line for name in ("tcp", "tcp6", "udp", "unix") for line in open(f"/proc/net/{name}").read().splitlines()[1:]]
print(found, listening, sorted(int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 3))`,
    });
    expect(run.run?.stdout).toBe('[] [] []\n');
  });

  it('row 40: states only move forward, and end in one final state', async () => {
    const accepted = (await (
      await server.post('/v1/runs', {language: 'c', code: `int main(void){return 0;} // ${Date.now()}`})
    ).json()) as Run;
    const text = await (await server.fetch(`/v1/runs/${accepted.id}/events`)).text();
    const states = [...text.matchAll(/event: (state|compiled|finished)\ndata: (\{"state":"(\w+)"\})?/g)].map(
      ([, kind, , state]) => state ?? kind,
    );
    const order = ['queued', 'compiling', 'compiled', 'running', 'finished'];
    expect(states.at(-1)).toBe('finished');
    expect(states.map((state) => order.indexOf(state ?? ''))).toEqual(
      states.map((state) => order.indexOf(state ?? '')).toSorted((a, b) => a - b),
    );
  });

  it('answers 413 to a client that is still sending 33 MiB', async () => {
    const status = await new Promise((resolve, reject) => {
      const sending = request(`${server.url}/v1/runs`, {
        method: 'POST',
        headers: {'content-type': 'application/json', 'content-length': 33 * MIB},
      });
      sending.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sending.on('error', reject);
      sending.end(Buffer.alloc(33 * MIB, 'x'));
    });
    expect(status).toBe(413);
  });
});

describe('a server whose only slot is taken', () => {
  it('row 31: gives a run that gets no sandbox a bounded wait, not an endless one', async () => {
    await using server = await ServerProcess.start({
      env: {SANDGLASS_CONCURRENCY: '1', SANDGLASS_QUEUE_LIMIT: '1'},
    });
    const slow = {language: 'bash', code: 'sleep 3'};
    const answers = await Promise.all(Array.from({length: 6}, () => server.post('/v1/runs', slow)));
    const refused = answers.filter(({status}) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  }, 120_000);
});

/** Reads past the page cache (O_DIRECT), so that each byte comes from the disk. */
const READ_FROM_DISK = `import json, mmap, os, time
best = max((os.path.join(d, f) for d, _, fs in os.walk("/usr/lib") for f in fs if os.path.isfile(os.path.join(d, f))), key=os.path.getsize)
fd = os.open(best, os.O_RDONLY | os.O_DIRECT)
block, total, began = mmap.mmap(-1, 1 << 20), 0, time.monotonic()
while total < 8 << 20:
    got = os.preadv(fd, [block], total)
    if got <= 0: break
    total += got
mounts = [line.split() for line in open("/proc/self/mounts")]
print(json.dumps({"readBytes": total, "seconds": time.monotonic() - began, "writable": [m[2] for m in mounts if m[3].split(",")[0] == "rw"]}))
`;

async function readyCount(server: ServerProcess): Promise<number> {
  const metrics = await (await server.fetch('/metrics')).text();
  return Number(/^sandglass_pool_sandboxes\{condition="ready"\} (\d+)/m.exec(metrics)?.[1] ?? -1);
}

import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Answer, openEngineInInternet, PRELUDE} from './support/engine-in-internet.ts';
import {HOSTS} from './support/test-internet.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  process.stderr.write(
    'NOT RUN: the tests of the internet policy make network namespaces, which takes root.\n',
  );

describe.skipIf(!isRoot)('row 25: a run with the internet', () => {
  const owned = new AsyncDisposableStack();
  let ask: (code: string, extra?: Record<string, unknown>) => Promise<Answer>;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-internet-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    const engine = owned.use(await openEngineInInternet(dataDir));
    ask = (code, extra = {}) =>
      engine.ask({
        language: 'python',
        code: PRELUDE + code,
        network: 'internet',
        limits: {wallTimeMs: 30_000},
        ...extra,
      });
  }, 120_000);
  afterAll(() => owned.disposeAsync(), 60_000);

  it('reaches a public host by its name, by IPv4 and IPv6', async () => {
    const {stdout} = await ask(
      'print(fetch("public.example")); print(fetch("six.example")); print(fetch("both.example"))',
    );
    expect(stdout).toBe(`::ffff:${HOSTS.public} 80\n${HOSTS.publicSix} 80\n::ffff:${HOSTS.public} 80\n`);
  });

  it('lets ordinary programs do so without any setting', async () => {
    const script =
      'import urllib.request; print(urllib.request.urlopen("http://public.example/").read().decode(), end="")';
    expect((await ask(script)).stdout).toBe(`::ffff:${HOSTS.public} 80\n`);
    const node = 'fetch("http://six.example/").then((r) => r.text()).then((t) => process.stdout.write(t))';
    expect((await ask('', {language: 'javascript', code: node})).stdout).toBe(`${HOSTS.publicSix} 80\n`);
  });

  it.each([
    'private',
    'metadata',
    'carrier',
    'azure',
    'own',
    'neighbour',
    'loopback',
    'zero',
    'multicast',
    'mapped',
    'translated',
    'unique-local',
    'link-local',
  ])('does not even learn an address for a name that leads to a %s address', async (name) => {
    expect((await ask(`print(fetch("${name}.example"))`)).stdout).toBe('gaierror\n');
  });

  it('finds no name that is nobody’s on the internet', async () => {
    const names = [
      'localhost.localdomain',
      'intranet',
      'printer.local',
      'metadata.google.internal',
      '44.33.22.11.in-addr.arpa',
      'nowhere.example',
      '10.20.30.40',
    ];
    const {stdout} = await ask(`for name in ${JSON.stringify(names)}: print(fetch(name))`);
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => !['gaierror', 'OSError', 'ConnectionRefusedError'].includes(line)),
    ).toEqual([]);
  });

  it('reaches no address directly, as only names have a way out', async () => {
    const {stdout} = await ask(
      `for a in ${JSON.stringify([...Object.values(HOSTS), '127.0.0.1'])}: print(fetch(a))`,
    );
    expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['OSError', 'ConnectionRefusedError']));
  });

  it('takes the public address of a name that also has a private one', async () => {
    expect((await ask('print(fetch("mixed.example"))')).stdout).toBe(`::ffff:${HOSTS.public} 80\n`);
  });

  it('stays with the address that a name had first, whatever its server says later', async () => {
    const {stdout} = await ask('for _ in range(3): print(fetch("rebinding.example"))');
    expect(stdout).toBe(`::ffff:${HOSTS.public} 80\n`.repeat(3));
  });

  it('connects to the operator’s ports only', async () => {
    expect(
      (await ask('print(fetch("public.example", 25)); print(fetch("public.example", 8080))')).stdout,
    ).toBe('ConnectionRefusedError\nConnectionRefusedError\n');
  });

  it('reaches a named address of the operator’s list, and with it nothing else', async () => {
    const {stdout} = await ask(
      'print(fetch("web.inside", 8080)); print(fetch("public.example")); print(fetch("web.inside", 80))',
      {
        network: {allow: ['web.inside:8080']},
      },
    );
    expect(stdout).toBe(`::ffff:${HOSTS.private} 8080\ngaierror\nConnectionRefusedError\n`);
  });

  it('reaches nothing without it, whatever it asks of the place where a relay would be', async () => {
    const {stdout} = await ask('print(fetch("public.example")); print(fetch("127.64.1.0"))', {
      network: 'none',
    });
    expect(stdout).toBe('gaierror\nConnectionRefusedError\n');
  });
});

import {mkdtemp, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {imageStoreFolder} from '@sandglass/images';
import type {DriverName, RunRequest} from '@sandglass/protocol';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {canRun} from '../../../images/test/support/needs.ts';
import {SHARED_STORE, sharedPythonImage} from '../../../images/test/support/python-image.ts';
import {DockerDaemon, hasDocker} from '../../../sandbox/test/drivers/docker/support/docker-daemon.ts';
import {hasGvisor, newerRunsc} from '../../../sandbox/test/drivers/gvisor/support/gvisor-setup.ts';
import {hasMachines, machineOptions} from '../../../sandbox/test/drivers/microvm/support/microvm-setup.ts';
import {
  BY_ADDRESS,
  COMPILER_ATTACK,
  compilerAttack,
  HOSTILE_QUERIES,
  NAME_FLOOD,
  ODD_HOSTS,
  ODD_HOSTS_PRINTS,
  ODD_TARGETS,
  OTHER_PROTOCOLS,
  UNREACHED,
} from './support/attacks.ts';
import {
  type Answer,
  type EngineInInternet,
  openEngineInInternet,
  PRELUDE,
} from './support/engine-in-internet.ts';
import {HOSTILE_NAMES} from './support/hostile-answers.ts';
import {HOSTS} from './support/test-internet.ts';

const LEVELS: readonly DriverName[] = [
  'linux',
  ...(hasDocker ? (['docker'] as const) : []),
  ...(hasGvisor ? (['gvisor'] as const) : []),
  ...(hasMachines ? (['microvm'] as const) : []),
];
const CAN_RUN = canRun('the suite of images and networks at every level', ['mmdebstrap', 'ip', 'setpriv'], {
  isRootNeeded: true,
});

/** The image has no compiler, and the machine of the tests has one. */
const WHERE = 'import os; print(sys.version_info[:2], os.path.exists("/usr/bin/cc"), os.getuid())';
const IN_IMAGE = '(3, 11) False 1000';

/** Programs in a machine whose instructions are translated take their time. */
const PATIENT = {wallTimeMs: 60_000, cpuTimeMs: 60_000};

describe.skipIf(!CAN_RUN)('One engine with an image, a network and every level', () => {
  const owned = new AsyncDisposableStack();
  let engine: EngineInInternet;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-every-level-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    await sharedPythonImage();
    await symlink(SHARED_STORE, imageStoreFolder(dataDir));
    const daemon = hasDocker ? owned.use(await DockerDaemon.start()) : null;
    const microvm = hasMachines ? await machineOptions() : null;
    // The usual test run has the release of this machine, which differs more from Linux.
    const newer = hasGvisor && process.env.SANDGLASS_TEST_FULL === '1' ? await newerRunsc() : null;
    engine = owned.use(
      await openEngineInInternet(dataDir, {
        isolation: {allowed: LEVELS, default: 'linux'},
        images: {offered: ['host', 'python'], languages: {python: 'python'}},
        languages: ['python', 'c'],
        pool: {floor: 1},
        gvisor: {runDir: dataDir, ...(newer === null ? {} : {runsc: newer.path})},
        ...(daemon === null ? {} : {docker: {socketPath: daemon.socketPath}}),
        ...(microvm === null
          ? {}
          : {microvm: {kernel: microvm.kernel, cacheDir: microvm.cacheDir, readyMachines: 1}}),
      }),
    );
  }, 300_000);
  afterAll(() => owned.disposeAsync(), 120_000);

  const ask = (level: DriverName, code: string, extra: Partial<RunRequest> = {}): Promise<Answer> =>
    engine.ask({
      language: 'python',
      code: PRELUDE + code,
      isolation: level,
      limits: PATIENT,
      ...extra,
    });

  it('has them all', () => {
    const had = engine.levels.flatMap((level) => (level.kind === 'available' ? [level.name] : []));
    expect(had).toEqual(LEVELS);
  });

  describe.each(LEVELS)('at the level %s', (level) => {
    it('runs a program in the image that it names, which reaches nothing by name or by address', async () => {
      const places = ['public.example', 'web.inside', '127.64.0.1', '127.64.1.0', ...Object.values(HOSTS)];
      const code = `${WHERE}\nfor p in ${JSON.stringify(places)}: print(fetch(p))`;
      const answer = await ask(level, code, {image: 'python'});
      expect(answer).toMatchObject({outcome: 'ok', isolation: level});
      const [where, ...lines] = answer.stdout.trim().split('\n');
      expect(where).toBe(IN_IMAGE);
      expect(lines).toHaveLength(places.length);
      expect(lines.filter((line) => !UNREACHED.includes(line))).toEqual([]);
    });

    it('reaches public hosts with the internet, and nothing near', async () => {
      const near = ['private', 'metadata', 'azure', 'own', 'neighbour', 'loopback', 'mapped', 'unique-local'];
      const {stdout} = await ask(
        level,
        `for n in ("public", "six", "rebinding-${level}", "rebinding-${level}"): print(fetch(n + ".example"))
for n in ${JSON.stringify(near)}: print(fetch(n + ".example"))
print(fetch("public.example", 25), fetch("web.inside", 8080))
for a in ${JSON.stringify(Object.values(HOSTS))}: print(fetch(a))`,
        {network: 'internet'},
      );
      const lines = stdout.trim().split('\n');
      const isPublic = `::ffff:${HOSTS.public} 80`;
      expect(lines.slice(0, 4)).toEqual([isPublic, `${HOSTS.publicSix} 80`, isPublic, isPublic]);
      expect(lines.slice(4, 4 + near.length)).toEqual(near.map(() => 'gaierror'));
      expect(lines[4 + near.length]).toBe('ConnectionRefusedError gaierror');
      expect(lines.slice(5 + near.length).filter((line) => !UNREACHED.includes(line))).toEqual([]);
    });

    it('reaches what is listed, and with it nothing else, in the image of its language', async () => {
      const answer = await ask(
        level,
        `${WHERE}; print(fetch("web.inside", 8080), fetch("web.inside", 80), fetch("six.example"))`,
        {network: {allow: ['web.inside:8080']}},
      );
      expect(answer).toMatchObject({
        isolation: level,
        stdout: `${IN_IMAGE}\n::ffff:${HOSTS.private} 8080 ConnectionRefusedError gaierror\n`,
      });
    });

    it('reaches an address of the list, and no other, nor other ports of it', async () => {
      const allow = [`${HOSTS.private}:80`, 'web.inside:8080'];
      const code = `print(fetch("${HOSTS.private}"), fetch("web.inside", 8080), fetch("${HOSTS.private}", 8080), fetch("${HOSTS.public}"))`;
      const answer = await ask(level, code, {network: {allow}});
      const stdout = `::ffff:${HOSTS.private} 80 ::ffff:${HOSTS.private} 8080 ConnectionRefusedError ConnectionRefusedError\n`;
      expect(answer).toMatchObject({outcome: 'ok', stdout});
    });

    it('reaches nothing by address, however that is written, with the internet or without', async () => {
      for (const network of ['internet', 'none'] as const)
        expect(await ask(level, BY_ADDRESS, {network})).toMatchObject({outcome: 'ok', stdout: 'looked\n'});
    });

    it('sends nothing but TCP, and asks names of its relay only', async () => {
      const {stdout} = await ask(level, OTHER_PROTOCOLS, {network: 'internet'});
      // The one is the worker's own.
      expect(stdout).toBe('1 datagrams, 0 echo requests\n');
    });

    it('gets by with answers of hostile name servers, and is led nowhere by them', async () => {
      const names = JSON.stringify(HOSTILE_NAMES);
      const code = `
for n in ${names}: print(n.split(".")[0], fetch(n))
print(fetch("public.example"))`;
      const answer = await ask(level, code, {network: 'internet'});
      const lines = answer.stdout.trim().split('\n');
      const isPublic = `::ffff:${HOSTS.public} 80`;
      expect(lines.pop()).toBe(isPublic);
      // Those that are well formed and lead to a public address, over TCP too, show that the others were answered.
      expect(lines.filter((line) => !line.endsWith(' gaierror'))).toEqual([
        `alias-public ${isPublic}`,
        `many-mixed ${isPublic}`,
      ]);
      expect(lines).toHaveLength(HOSTILE_NAMES.length);
    });

    it('has a relay that gets by with hostile queries', async () => {
      const {stdout} = await ask(level, HOSTILE_QUERIES, {network: 'internet'});
      expect(stdout).toBe(`::ffff:${HOSTS.public} 80\n`);
    });

    it('may ask for so many names at once, and others go on meanwhile', async () => {
      const flooding = await ask(level, NAME_FLOOD, {
        network: 'internet',
        limits: {...PATIENT, processes: 100},
      });
      expect(flooding.stdout).toBe('True True True\n');
      const next = await ask(level, 'print(fetch("public.example"))', {network: 'internet'});
      expect(next.stdout).toBe(`::ffff:${HOSTS.public} 80\n`);
    });

    it('gets by with targets that end early, break, never stop or never answer, and with too many connections', async () => {
      const answer = await ask(level, ODD_HOSTS, {network: {allow: ODD_TARGETS}});
      expect(answer).toMatchObject({outcome: 'ok', stdout: ODD_HOSTS_PRINTS});
    }, 120_000);

    // An image for machines has no compiler here, and the toolchains of the host are none of theirs.
    it.skipIf(level === 'microvm')(
      'has no network in the compile stage, whatever the run may reach',
      async () => {
        for (const network of ['internet', 'none'] as const) {
          const answer = await engine.ask({
            ...COMPILER_ATTACK,
            files: [{path: 'attack.py', content: compilerAttack(PRELUDE)}],
            image: 'host',
            isolation: level,
            network,
            cache: 'off',
            compileLimits: PATIENT,
          });
          expect(answer.outcome).toBe('compile-error');
          // Each of the compiler's programs was one of the attacker's.
          expect(answer.compiler).toMatch(/^looked$/m);
          expect(answer.compiler?.split('\n').filter((line) => line.startsWith('reached'))).toEqual([]);
        }
      },
    );

    it('is refused what the operator did not list', async () => {
      const refused = await ask(level, '', {network: {allow: ['six.example:80']}});
      expect(refused).toMatchObject({
        outcome: 'refused',
        stderr: expect.stringMatching(/does not allow six/),
      });
    });
  });
});

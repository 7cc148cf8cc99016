import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {startedDockerDriver} from './support/docker-setup.ts';
import {hasPrograms, OrdinaryUser} from './support/ordinary-user.ts';

const WORKER = fileURLToPath(new URL('support/rootless-worker.ts', import.meta.url));
const IS_FULL = process.env.SANDGLASS_TEST_FULL === '1';

/** Version 1 of cgroups is root's alone: there rootless daemons bound nothing. */
const hasV2Only = existsSync('/sys/fs/cgroup/cgroup.controllers');

/** Without counters of the kernel's, times include what the host takes away meanwhile, so limits of time and measurements are left out. */
const NOT_BOUNDS: readonly ContractGroup[] = [
  ...(['programs', 'stdio', 'terminal', 'files', 'hostile files'] as const),
  ...(['isolation', 'hostile programs', 'lifetime', 'differences'] as const),
];

const DAEMONS = [
  {
    name: 'Docker',
    paths: ['/usr/sbin/dockerd', '/usr/bin/rootlesskit', '/usr/share/docker.io/contrib/dockerd-rootless.sh'],
    start: (user: OrdinaryUser) => user.startDocker(),
  },
  {name: 'Podman', paths: ['/usr/bin/podman'], start: (user: OrdinaryUser) => user.startPodman()},
];

for (const {name, paths, start} of DAEMONS)
  describe.skipIf(hasV2Only || !hasPrograms(`${name} without root`, paths))(
    `${name} that an ordinary user started`,
    () => {
      let user: OrdinaryUser;
      let socketPath: string;
      beforeAll(async () => {
        user = new OrdinaryUser();
        socketPath = await start(user);
      }, 60_000);
      afterAll(async () => {
        await user[Symbol.asyncDispose]();
      });

      it('is refused where it cannot bound programs, and says what is weaker where that is allowed', () => {
        const answer = user.ask(WORKER);
        expect(answer).toMatchObject({
          refusal: {
            code: 'isolation-unavailable',
            message: expect.stringMatching(/memory cannot be bounded.*rootless with cgroup v2 delegated/s),
          },
          enforced: expect.arrayContaining(['user-namespace', 'no-network', 'container-seccomp', 'disk']),
          weaker: expect.arrayContaining(['memory', 'pids', 'cpu', 'no-swap']),
          // Still nobody but himself, without a network, on a small disk, and with as many processes as the agent lets him have.
          stdout: expect.stringMatching(/^1000\n +0 +65534 +1\n +1 +1500000 +65536\n(lo\n)?1\nfull\n$/),
          isCrowded: true,
        });
        for (const mechanism of ['memory', 'pids', 'cpu', 'no-swap'])
          expect((answer as {enforced: string[]}).enforced).not.toContain(mechanism);
      });

      if (IS_FULL && name === 'Docker')
        driverContract(
          'docker over a rootless daemon',
          {
            start: () => startedDockerDriver({socketPath}, {nativeDir: user.nativeDir, allowWeaker: true}),
            image: 'host',
            primeLibrary: null,
            lacks: [
              ...(['memory', 'pids', 'cpu'] as const),
              ...(['shared-disk', 'disk-resize', 'memory-peak-reset', 'bare-root', 'nosuid-mounts'] as const),
            ],
            traces: () => user.containers(),
          },
          NOT_BOUNDS,
        );
    },
  );

import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, it} from 'vitest';
import {nativeBuild} from '../../support/native-build.ts';

const NOBODY = 65_534;
const WORKER = fileURLToPath(new URL('support/driver-process.ts', import.meta.url));
/** What an ordinary user without a delegated cgroup and without subordinate ids cannot have. */
const WEAKER = 'memory,pids,cpu,separate-uid';

it.runIf(process.getuid?.() === 0)(
  'works for an ordinary user, and says what is weaker and how to get it',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'sandglass-rootless-'));
    try {
      chmodSync(directory, 0o755);
      for (const program of ['sandglass-launcher', 'sandglass-agent'])
        cpSync(join(nativeBuild(), program), join(directory, program));
      const runDir = join(directory, 'run');
      spawnSync('mkdir', [runDir]);
      chownSync(runDir, NOBODY, NOBODY);
      const worker = spawnSync(
        'setpriv',
        [
          `--reuid=${NOBODY}`,
          `--regid=${NOBODY}`,
          '--clear-groups',
          process.execPath,
          WORKER,
          runDir,
          directory,
          WEAKER,
        ],
        {input: '', encoding: 'utf8', cwd: '/', timeout: 60_000},
      );
      expect(worker.stderr).toBe('');
      const {isolation, seen} = JSON.parse(worker.stdout);
      expect(seen).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^\d+\nhello\n/)});
      expect(isolation.enforced).toEqual(
        expect.arrayContaining(['user-namespace', 'network-namespace', 'seccomp']),
      );
      expect(isolation.weaker.length).toBeGreaterThan(0);
      for (const {mechanism, reason, remedy} of isolation.weaker)
        for (const part of [mechanism, reason, remedy]) expect(part).not.toBe('');
    } finally {
      rmSync(directory, {recursive: true});
    }
  },
);

import {appendFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {parseArgs} from 'node:util';

/**
 * Firecracker's jailer, played: takes the options of docs/jailer.md there, and becomes the program in the folder that would be its root. It
 * gives up no right, as the interpreter that plays is outside of the jail.
 */
const {values, positionals} = parseArgs({
  options: {
    id: {type: 'string'},
    'exec-file': {type: 'string'},
    uid: {type: 'string'},
    gid: {type: 'string'},
    'chroot-base-dir': {type: 'string'},
    'resource-limit': {type: 'string', multiple: true},
  },
  allowPositionals: true,
});
const {id = '', 'exec-file': program = '', uid, gid, 'chroot-base-dir': base = ''} = values;
if (!/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new Error(`Invalid instance ID: ${id}`);
const root = join(base, 'firecracker', id, 'root');
appendFileSync(
  join(dirname(process.argv[1] ?? ''), 'log.jsonl'),
  `${JSON.stringify({jailed: {uid: Number(uid), gid: Number(gid), owner: statSync(root).uid, limits: values['resource-limit'], args: positionals}})}\n`,
);
process.chdir(root);
const [, socketPath = ''] = positionals;
process.execve?.(program, [program, '--api-sock', join('.', socketPath), '--id', id], {});

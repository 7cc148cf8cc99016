/** Opens a store, says so, and holds it until standard input ends. argv: database file. */
import {once} from 'node:events';
import {SqliteRunStore} from '@sandglass/store';

await using _store = await SqliteRunStore.open({path: process.argv[2] ?? ''});
process.stdout.write('open\n');
process.stdin.resume();
await once(process.stdin, 'end');

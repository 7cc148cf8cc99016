import {once} from 'node:events';
import {BullMqTurnQueue} from '@sandglass/queue';

/** Opens a queue at the given URL, takes from it, and closes it when its standard input ends. Nothing else keeps it alive. */
const queue = await BullMqTurnQueue.open({url: process.argv[2] ?? '', name: 'turns', slots: 1});
queue.take({signal: undefined}).catch(() => undefined);
process.stdout.write('open\n');
await once(process.stdin.resume(), 'end');
await queue[Symbol.asyncDispose]();
process.stdout.write('closed\n');

/**
 * The one way in for every npm script. It runs on any Node from 20 on with nothing installed, brings what the verb needs,
 * and goes on as that verb on the pinned Node:
 *
 *   Node version → C compiler → npm dependencies → launcher and agent → playground → languages → the verb
 */
import {startVerb} from './verbs.mjs';

const [name = '', ...rest] = process.argv.slice(2);
// npm runs scripts in the project's folder; the files that a user names are relative to where the user stands.
if (name === 'cli' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await startVerb(name, rest[0] === '--' ? rest.slice(1) : rest);

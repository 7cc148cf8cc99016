import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {pathToFileURL} from 'node:url';
import {isPinnedNode, pinnedNodePath} from './pinned-node.mjs';

/**
 * Goes on as `script` on the pinned Node: in this very process when it is the pinned Node already, else as a child whose
 * exit code (128 + n for a signal) becomes ours. Node has no exec(2) before version 23.
 *
 * @param {string} script absolute path
 * @param {readonly string[]} args
 */
export async function become(script, args) {
  if (isPinnedNode()) {
    process.argv = [process.execPath, script, ...args];
    await import(pathToFileURL(script).href);
    return;
  }
  const child = spawn(pinnedNodePath, [script, ...args], {stdio: 'inherit'});
  passSignals(child);
  child.once('error', (error) => {
    process.stderr.write(
      `Cannot start ${pinnedNodePath}: ${error.message}. Remove node_modules and try again.\n`,
    );
    process.exit(70);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/**
 * SIGINT is not passed on while we share a terminal: the terminal sends Ctrl-C to every process in front, the child
 * included, and a second one would mean "at once" to it.
 */
function passSignals(child) {
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
}

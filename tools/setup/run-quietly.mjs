import {spawn} from 'node:child_process';
import {say} from './report.mjs';

/** A silent minute looks like a hang; a line every fifteen seconds does not. */
const HEARTBEAT_MS = 15_000;

/** Enough to see what a compiler or package manager complained about. */
const KEPT_OUTPUT_BYTES = 16 * 1024;

/**
 * Runs a command, its output kept back and returned, with a line now and then while it lasts.
 * Never throws for a failing command: `ok` is false and `output` ends with what it said last.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, doing: string, lockFd: number}} options
 *   `doing` names the step in the heartbeat; `lockFd` is the set-up's lock, which the command holds as long as it lives
 * @returns {Promise<{ok: boolean, output: string, seconds: number}>}
 */
export function runQuietly(command, args, {cwd, env = process.env, doing, lockFd}) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  return new Promise((resolve) => {
    const child = spawn(command, args, {cwd, env, stdio: ['ignore', 'pipe', 'pipe', lockFd]});
    const heartbeat = setInterval(() => say(`still ${doing} (${seconds()} s)`), HEARTBEAT_MS);
    const giveUp = (signal) => {
      child.kill(signal);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', giveUp);
    process.once('SIGTERM', giveUp);
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const finish = (ok) => {
      clearInterval(heartbeat);
      process.off('SIGINT', giveUp);
      process.off('SIGTERM', giveUp);
      resolve({ok, output: output.trimEnd(), seconds: seconds()});
    };
    child.once('error', (error) => {
      keep(String(error));
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

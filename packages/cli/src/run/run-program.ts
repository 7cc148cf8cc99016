import type {RunRequest} from '@sandglass/protocol';
import {exitCodeOfRun, exitCodeOfSignal} from '../exit-codes.ts';
import {abortOnSignals} from './abort-on-signals.ts';
import {ByteWriter} from './byte-writer.ts';
import {openRunner} from './open-runner.ts';
import {type RunCommandOptions, readInput, withLanguage} from './request-from-options.ts';
import type {Runner, RunOptions} from './runner.ts';
import {saveArtifacts} from './save-artifacts.ts';
import {summaryLines} from './summary.ts';
import {isAtTerminal, talkAtTerminal} from './talk.ts';

/**
 * `sandglass run`: reads the files, runs them, passes the output on as it comes, and returns the exit code.
 * The first Ctrl-C stops the run and waits for its end; the second leaves at once.
 */
export async function runProgram(paths: readonly string[], options: RunCommandOptions): Promise<number> {
  const input = await readInput(paths, options);
  const stop = new AbortController();
  const stdout = new ByteWriter(process.stdout, () => stop.abort('SIGPIPE'));
  const stderr = new ByteWriter(process.stderr, () => stop.abort('SIGPIPE'));
  using _ = abortOnSignals(stop);
  await using runner = await openRunner(options.server, options);
  const languages = options.lang === undefined ? await runner.languages() : [];
  const asked = withLanguage(input, {lang: options.lang, languages});
  const isTalk = isInteractive(paths, options);
  using talk = isTalk ? talkAtTerminal(() => stop.abort('SIGINT')) : undefined;
  const request = isTalk ? await withTimeForPeople(asked, runner) : asked;
  const silent = async () => {};
  const output: Pick<RunOptions, 'onOutput' | 'onCompiled'> = options.json
    ? {onOutput: silent, onCompiled: silent}
    : {
        onOutput: (stream, data) => (stream === 'stdout' ? stdout : stderr).write(data),
        onCompiled: (text) => stderr.write(text),
      };
  const result = await runner.run(request, {signal: stop.signal, talk, ...output});
  if (options.json) await stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  const saved = options.json ? [] : await saveArtifacts(result.artifacts, options.artifactDir);
  if (!options.quiet && !options.json) {
    const lines = [...summaryLines(result, process.stderr), ...saved.map((path) => `saved ${path}`)];
    for (const line of lines) await stderr.write(`${line}\n`);
  }
  const isStopped = stop.signal.aborted && result.outcome === 'cancelled';
  return isStopped ? exitCodeOfSignal(String(stop.signal.reason)) : exitCodeOfRun(result);
}

/** A person sits at both ends, and nothing else was said about the input. */
function isInteractive(paths: readonly string[], {stdin, stdinFile, json}: RunCommandOptions): boolean {
  return isAtTerminal() && !json && !paths.includes('-') && stdin === undefined && stdinFile === undefined;
}

/** People think longer than the default wall time; without another wish they get as much as there is. */
async function withTimeForPeople(request: RunRequest, runner: Runner): Promise<RunRequest> {
  if (request.limits?.wallTimeMs !== undefined) return request;
  return {...request, limits: {...request.limits, wallTimeMs: await runner.maxWallTimeMs()}};
}

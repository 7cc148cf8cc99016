import type {RunRequest} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES, exitCodeOfRun} from '../exit-codes.ts';
import {abortOnSignals} from '../run/abort-on-signals.ts';
import {ByteWriter} from '../run/byte-writer.ts';
import {openRunner} from '../run/open-runner.ts';
import {parseLimits} from '../run/request-from-options.ts';
import type {Runner} from '../run/runner.ts';
import {summaryLines} from '../run/summary.ts';
import {isAtTerminal, talkAtTerminal} from '../run/talk.ts';

/** The options of `sandglass shell` as commander hands them over. */
export interface ShellCommandOptions {
  readonly lang?: string;
  readonly limit: readonly string[];
  readonly server?: string;
}

/** A shell is a program like any other; its script removes itself, so that the working directory is the user's. */
const START_SHELL = 'rm -- "$0"; exec bash --noprofile --norc -i\n';

/** `sandglass shell`: a shell in a fresh sandbox, at our terminal. Returns its exit code. */
export async function openShell(options: ShellCommandOptions): Promise<number> {
  if (!isAtTerminal())
    throw new CliError(
      EXIT_CODES.usage,
      'Cannot open a shell: standard input and output must be a terminal. To run a script, use `sandglass run script.sh`.',
    );
  const stop = new AbortController();
  const stdout = new ByteWriter(process.stdout, () => stop.abort('SIGPIPE'));
  using _ = abortOnSignals(stop);
  await using runner = await openRunner(options.server);
  const request: RunRequest = {
    language: 'bash',
    code: START_SHELL,
    files: options.lang === undefined ? [] : await exampleOf(options.lang, runner),
    limits: {wallTimeMs: await runner.maxWallTimeMs(), ...parseLimits(options.limit)},
  };
  using talk = talkAtTerminal(() => stop.abort('SIGINT'));
  const result = await runner.run(request, {
    signal: stop.signal,
    talk,
    onOutput: (_stream, data) => stdout.write(data),
    onCompiled: async () => {},
  });
  for (const line of summaryLines(result, process.stderr)) process.stderr.write(`${line}\r\n`);
  return exitCodeOfRun(result);
}

async function exampleOf(lang: string, runner: Runner): Promise<NonNullable<RunRequest['files']>> {
  const languages = await runner.languages();
  const wanted = lang.toLowerCase();
  const language = languages.find(({id, aliases}) => id === wanted || aliases.includes(wanted));
  if (language !== undefined)
    return [{path: `example${language.extensions[0] ?? ''}`, content: language.example}];
  const known = languages.map(({id}) => id).join(', ');
  throw new CliError(EXIT_CODES.usage, `There is no language "${lang}". Known: ${known}.`);
}

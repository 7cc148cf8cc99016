import {Command, Option} from 'commander';
import type {RunCommandOptions} from '../run/request-from-options.ts';

const EXAMPLES = `
Examples:
  sandglass run hello.py
  sandglass run main.c util.c --arg 42
  echo '1 2' | sandglass run sum.py
  sandglass run loop.js --limit wallTime=2s --limit memory=64MiB
  sandglass run project/ --lang java --entry app/Main.java
  sandglass run plot.py --artifact '*.png'
  sandglass run hello.py --json --server http://127.0.0.1:4400

The exit code is the program's own, 128 + n for a signal, 124 when its time is up, 137 for another limit,
65 when it does not compile, and 64 to 78 for faults that are not the program's (docs/cli.md).`;

/** Collects the values of an option that may be given several times. */
const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** What stands for options that were not given. Not told to commander, which would print each of them in the help. */
const NOT_GIVEN = {
  arg: [],
  env: [],
  limit: [],
  compileLimit: [],
  compilerOption: [],
  artifact: [],
  json: false,
  quiet: false,
} as const satisfies Partial<RunCommandOptions>;

export function runCommand(): Command {
  return new Command('run')
    .argument(
      '<file...>',
      'source files or folders, the first file is started; - reads the program from standard input',
    )
    .option('-l, --lang <language>', 'language id, alias or id@version (default: by the file extension)')
    .option('--entry <path>', 'the file to start (default: the first one named)')
    .addOption(new Option('--stdin <text>', 'standard input of the program').conflicts('stdinFile'))
    .option('--stdin-file <path>', 'file with the standard input (default: what is piped in)')
    .option('-a, --arg <value>', 'argument for the program; repeatable', collect)
    .option('-e, --env <name=value>', 'environment variable for the program; repeatable', collect)
    .option(
      '--limit <name=value>',
      'limit of the run, such as wallTime=2s or memory=64MiB; repeatable',
      collect,
    )
    .option('--cpu-pinning', 'run on a core that nothing else of Sandglass uses meanwhile')
    .option('--compile-limit <name=value>', 'the same for compiling; repeatable', collect)
    .option('--compiler-option <value>', 'appended to the compiler’s options; repeatable', collect)
    .option('--artifact <glob>', 'files to bring back; repeatable', collect)
    .option('--artifact-dir <folder>', 'where they are saved', 'artifacts')
    .addOption(new Option('--network <policy>', 'network access').choices(['none', 'internet']))
    .option('--isolation <level>', 'isolation level, such as linux (default: auto)')
    .option('--image <name>', 'image of `sandglass images list` to run in (default: that of the settings)')
    .addOption(new Option('--cache <use>', 'what may be reused').choices(['compile', 'off', 'result']))
    .option('--json', 'print the result as JSON instead of the output')
    .option('-q, --quiet', 'no summary')
    .option(
      '--server <url>',
      'run on a server, with the key in SANDGLASS_API_KEY (default: SANDGLASS_SERVER, else here)',
    )
    .addHelpText('after', EXAMPLES)
    .action(
      async (
        files: string[],
        options: Partial<RunCommandOptions> & Pick<RunCommandOptions, 'artifactDir'>,
      ) => {
        const {runProgram} = await import('../run/run-program.ts');
        process.exitCode = await runProgram(files, {...NOT_GIVEN, ...options});
      },
    );
}

import {Command} from 'commander';
import type {JudgeCommandOptions} from '../judge/judge-program.ts';

const EXAMPLES = `
Examples:
  sandglass judge sum.py --tests tests/
  sandglass judge main.cpp --tests tests/ --checker float:1e-9 --limit wallTime=1s
  sandglass judge guess.py --tests tests/ --interactor interactor.py
  sandglass judge sort.c --tests tests/ --checker check.py --stop-on-failure

Tests are the pairs NAME.in and NAME.out (or NAME.ans) of the folder.
The exit code is 0 only if all passed, 1 if not, 65 if the program does not compile.`;

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function judgeCommand(): Command {
  return new Command('judge')
    .argument('<file...>', 'source files, the first one is started')
    .requiredOption('-t, --tests <folder>', 'folder with NAME.in and NAME.out or NAME.ans')
    .option('-l, --lang <language>', 'language id, alias or id@version (default: by the file extension)')
    .option('--checker <kind>', 'exact, trim (default), tokens, float, float:EPSILON, or a program’s file')
    .option('--interactor <file>', 'program that talks with the judged one')
    .option('--limit <name=value>', 'limit of each test, such as wallTime=2s; repeatable', collect)
    .option('--cpu-pinning', 'run all tests on one core that nothing else of Sandglass uses meanwhile')
    .option('--stop-on-failure', 'leave the remaining tests unrun')
    .option('--json', 'print the result as JSON instead of the table')
    .option('--server <url>', 'judge on a server (default: SANDGLASS_SERVER, else here)')
    .addHelpText('after', EXAMPLES)
    .action(
      async (files: string[], options: Partial<JudgeCommandOptions> & Pick<JudgeCommandOptions, 'tests'>) => {
        const {judgeProgram} = await import('../judge/judge-program.ts');
        const given = {limit: [], stopOnFailure: false, json: false, ...options};
        process.exitCode = await judgeProgram(files, given);
      },
    );
}

import {Command} from 'commander';

export function benchCommand(): Command {
  return new Command('bench')
    .option('--json', 'print the figures as JSON')
    .addHelpText(
      'after',
      '\nRuns small programs one after the other, then as many as go. npm run bench measures more, through a server.',
    )
    .action(async (options: {readonly json?: true}) => {
      const {bench} = await import('../bench/bench.ts');
      await bench({json: options.json ?? false});
    });
}

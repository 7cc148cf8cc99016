import {Command} from 'commander';

export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nExits with 0 when programs can be run at the default isolation level, else with 1.',
    )
    .action(async (options: {readonly json?: true}) => {
      const {doctor} = await import('../doctor/doctor.ts');
      process.exitCode = await doctor({json: options.json ?? false});
    });
}

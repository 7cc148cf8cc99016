import type {Command} from 'commander';

/** A command before it is loaded: its name and line in `sandglass --help`. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Only the command that is asked for is loaded, so that `sandglass run` does not wait for the parts of a server. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'run a program in a fresh sandbox',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'judge',
    summary: 'judge a program against a folder of tests',
    load: async () => (await import('./judge.ts')).judgeCommand(),
  },
  {
    name: 'shell',
    summary: 'open a shell in a fresh sandbox',
    load: async () => (await import('./shell.ts')).shellCommand(),
  },
  {
    name: 'serve',
    summary: 'start the HTTP server',
    load: async () => (await import('./serve.ts')).serveCommand(),
  },
  {
    name: 'migrate',
    summary: 'bring the database up to date without serving',
    load: async () => (await import('./migrate.ts')).migrateCommand(),
  },
  {
    name: 'admin',
    summary: 'make accounts and invitations, reset passwords',
    load: async () => (await import('./admin.ts')).adminCommand(),
  },
  {
    name: 'languages',
    summary: 'list languages, or install their toolchains',
    load: async () => (await import('./languages.ts')).languagesCommand(),
  },
  {
    name: 'images',
    summary: 'build, fetch and remove images that programs run in',
    load: async () => (await import('./images.ts')).imagesCommand(),
  },
  {
    name: 'gvisor',
    summary: 'fetch a newer gVisor for the isolation level of that name',
    load: async () => (await import('./gvisor.ts')).gvisorCommand(),
  },
  {
    name: 'doctor',
    summary: 'check every isolation mechanism of this machine',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'bench',
    summary: 'measure this machine in a few seconds',
    load: async () => (await import('./bench.ts')).benchCommand(),
  },
  {
    name: 'config',
    summary: 'print the settings in effect and where each comes from',
    load: async () => (await import('./config.ts')).configCommand(),
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./version.ts')).versionCommand(),
  },
];

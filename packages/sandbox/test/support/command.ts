import type {Command} from '@sandglass/sandbox';

/** A command with everything at its default but what a test is about: no limits, no input, output dropped. */
export function command(argv: readonly string[], parts: Partial<Command> = {}): Command {
  return {
    argv,
    env: {PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8'},
    cwd: '',
    files: [],
    stdin: new Uint8Array(0),
    terminal: null,
    wallTimeMs: 10_000,
    cpuTimeMs: 0,
    outputBytes: 0,
    fileBytes: 0,
    processes: 0,
    stopAtOutputLimit: false,
    keepOthers: false,
    onOutput: () => {},
    ...parts,
  };
}

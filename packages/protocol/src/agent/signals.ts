/** Signal names by number (signal(7); x86-64 and AArch64 agree). Real-time signals follow from SIGRTMIN, which is 34 with glibc. */
const NAMES = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const;

const FIRST_REAL_TIME = 34;
const LAST_SIGNAL = 64;
const NUMBERS: ReadonlyMap<string, number> = new Map(NAMES.map((name, index) => [name, index + 1]));

/** `SIGSEGV` for 11, `SIGRTMIN+1` for 35, `SIG32` for the two that libc keeps to itself. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  if (name !== undefined) return name;
  if (number >= FIRST_REAL_TIME && number <= LAST_SIGNAL) {
    const offset = number - FIRST_REAL_TIME;
    return offset === 0 ? 'SIGRTMIN' : `SIGRTMIN+${offset}`;
  }
  return `SIG${number}`;
}

/** The number of a name such as `SIGTERM`; undefined for anything that is not a signal. */
export function signalNumber(name: string): number | undefined {
  const number = NUMBERS.get(name);
  if (number !== undefined) return number;
  const [, offset = '0'] = /^SIGRTMIN(?:\+(\d{1,2}))?$/.exec(name) ?? [undefined, '-1'];
  const realTime = FIRST_REAL_TIME + Number(offset);
  return realTime >= FIRST_REAL_TIME && realTime <= LAST_SIGNAL ? realTime : undefined;
}

/**
 * The environment of every program, before the user's `env` and the recipe's own variables are laid over it.
 * Nothing of the worker's environment is inherited. UTF-8 everywhere, so that the same program prints the same bytes on every
 * host; UTC, so that results do not depend on where a server stands.
 */
export const BASE_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  // The working directory is the only place a program is sure to find again, so tools that keep state under HOME work.
  HOME: '/work',
  USER: 'sandbox',
  LOGNAME: 'sandbox',
  SHELL: '/bin/sh',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  TMPDIR: '/tmp',
  TZ: 'UTC',
};

/** What every terminal of the web playground and the CLI understands. */
const TERMINAL = {TERM: 'xterm-256color', COLORTERM: 'truecolor'};

/** What an image's maker may not decide: who and where a program is, and how it prints. */
const OURS: ReadonlySet<string> = new Set(Object.keys(BASE_ENVIRONMENT).filter((name) => name !== 'PATH'));

/** What goes into the environment of one program. */
export interface EnvironmentParts {
  /** `env` of the image. Adds to the base, and may replace PATH. */
  readonly image?: Readonly<Record<string, string>>;
  /** `env` of the plan: what the runtime needs to keep to its limits. Wins over everything else. */
  readonly recipe: Readonly<Record<string, string>>;
  /** `env` of the request. May replace the base, PATH included: no program of ours is found through it. */
  readonly user: Readonly<Record<string, string>>;
  readonly hasTerminal: boolean;
}

/** The whole environment of a program. Later parts win: base, image, terminal, user, recipe. */
export function programEnvironment(parts: EnvironmentParts): Record<string, string> {
  return {
    ...BASE_ENVIRONMENT,
    ...Object.fromEntries(Object.entries(parts.image ?? {}).filter(([name]) => !OURS.has(name))),
    ...(parts.hasTerminal ? TERMINAL : {}),
    ...parts.user,
    ...parts.recipe,
  };
}

import type {Command, RuntimeTemplate} from '../driver.ts';

/**
 * Whether a command starts exactly the process that a template describes. Input that somebody is yet to write goes to a program that is
 * started plainly: were the waiting runtime lost at the last moment, what was written meanwhile would be lost with it.
 */
export function startsSame(template: RuntimeTemplate, command: Command): boolean {
  return (
    command.cwd === '' &&
    command.terminal === null &&
    command.stdin !== 'open' &&
    isSameList(template.argv, command.argv) &&
    isSameEnvironment(template.env, command.env)
  );
}

function isSameList(first: readonly string[], second: readonly string[]): boolean {
  return first.length === second.length && first.every((value, index) => value === second[index]);
}

/** In the same order: a program that lists its environment sees it. */
function isSameEnvironment(first: Command['env'], second: Command['env']): boolean {
  return (
    isSameList(Object.keys(first), Object.keys(second)) &&
    isSameList(Object.values(first), Object.values(second))
  );
}

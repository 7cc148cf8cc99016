import {expect, test} from 'vitest';
import {programEnvironment} from '../src/environment.ts';

test("A program's environment holds the base, the user's and the recipe's variables, and nothing of ours", () => {
  const environment = programEnvironment({
    recipe: {GOMAXPROCS: '1'},
    user: {GOMAXPROCS: '64', TZ: 'Europe/Vienna', GREETING: 'hi'},
    hasTerminal: false,
  });
  expect(environment).toMatchObject({
    GOMAXPROCS: '1',
    TZ: 'Europe/Vienna',
    GREETING: 'hi',
    HOME: '/work',
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
  });
  expect(environment).not.toHaveProperty('TERM');
  expect(environment).not.toHaveProperty('npm_config_user_agent');
});

test('TERM is set only for programs with a terminal', () => {
  expect(programEnvironment({recipe: {}, user: {}, hasTerminal: true})).toHaveProperty('TERM');
});

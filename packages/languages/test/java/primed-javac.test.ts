import {DEFAULT_COMPILE_LIMITS} from '@sandglass/protocol';
import {expect, it} from 'vitest';
import {createHostImage} from '../../src/images/host-image.ts';
import {PRIMED_JAVAC_ENTRY} from '../../src/java/primed-javac.ts';
import type {RecipeContext} from '../../src/recipe.ts';
import {java} from '../../src/recipes/java.ts';

const context: RecipeContext = {
  files: [
    {path: 'Main.java', content: Buffer.from('')},
    {path: 'util/Text.java', content: Buffer.from('')},
  ],
  entry: 'Main.java',
  compilerOptions: ['-Xlint:all', '-g'],
  limits: DEFAULT_COMPILE_LIMITS,
  isLive: false,
  toolchain: {name: 'java-17-openjdk-amd64', version: '17.0.15', digest: 'digest'},
};

it('the javac that waits gets the arguments and the JVM options of the plain one', () => {
  const plain = java.compile?.(context).argv ?? [];
  const primed = java.primedCompiler?.argv(context) ?? [];
  const isJvmOption = (argument: string) => argument.startsWith('-J');
  expect(primed.slice(-6)).toEqual(plain.slice(-6));
  const jvmOptions = plain.filter(isJvmOption).map((argument) => argument.slice(2));
  expect(jvmOptions.length).toBeGreaterThan(5);
  expect(primed.slice(1, 1 + jvmOptions.length)).toEqual(jvmOptions);
  expect(primed.filter((argument) => !isJvmOption(argument))).toEqual(primed);
});

it('its program is in an image that primes, and in no other', () => {
  const path = 'path' in PRIMED_JAVAC_ENTRY ? PRIMED_JAVAC_ENTRY.path : '';
  const pathsOf = (image: ReturnType<typeof createHostImage>) =>
    image.entries.map((entry) => ('path' in entry ? entry.path : entry.target));
  expect(java.primedCompiler?.argv(context)).toContain(path);
  expect(pathsOf(createHostImage({primeLibrary: process.execPath}))).toContain(path);
  expect(pathsOf(createHostImage())).not.toContain(path);
});

import {describe, expect, test} from 'vitest';
import {readJavaSource} from '../../src/java/java-types.ts';
import {findMainClass, javaFileName} from '../../src/java/main-class.ts';
import {sourceFiles} from '../support/source-files.ts';

const MAIN = 'public static void main(String[] args) {}';

describe('The class to start', () => {
  test.each([
    ['the one with main in the entry', {'Main.java': `class Helper {}\nclass Start { ${MAIN} }`}, 'Start'],
    ['qualified by its package', {'Main.java': `package a.b;\npublic class Main { ${MAIN} }`}, 'a.b.Main'],
    ['the one named as the file, of two', {'B.java': `class A { ${MAIN} }\nclass B { ${MAIN} }`}, 'B'],
    ['the public one, of two', {'X.java': `class A { ${MAIN} }\npublic class B { ${MAIN} }`}, 'B'],
    [
      'found in another file when the entry has none',
      {'A.java': 'class A {}', 'B.java': `class B { ${MAIN} }`},
      'B',
    ],
    ['a record, an enum or an interface', {'Main.java': `record R(int x) { ${MAIN} }`}, 'R'],
    [
      'not fooled by comments',
      {'Main.java': `// class X { ${MAIN} }\n/* class Y { ${MAIN} } */\nclass Z { ${MAIN} }`},
      'Z',
    ],
    ['not fooled by strings', {'Main.java': `class Z { String s = "class Q { \\" {"; ${MAIN} }`}, 'Z'],
    [
      'not fooled by text blocks',
      {'Main.java': `class Z { String s = """\n } class Q { "" \\""" """; ${MAIN} }`},
      'Z',
    ],
    [
      'not fooled by a nested main',
      {'Main.java': `class A { static class I { ${MAIN} } }\nclass B { ${MAIN} }`},
      'B',
    ],
    ['not fooled by class literals', {'Main.java': `@Named(Other.class) class Z { ${MAIN} }`}, 'Z'],
    ['the file of a main without a class', {'Main.java': 'void main() { }'}, 'Main'],
    ['the file when there is no main at all', {'Lonely.java': 'package p; class A {}'}, 'p.Lonely'],
  ])('is %s', (_, files: Record<string, string>, expected) => {
    expect(findMainClass(sourceFiles(files), Object.keys(files)[0] ?? '')).toBe(expected);
  });
});

describe('The name of a single Java file', () => {
  test.each([
    ['follows its public class', 'public class Foo {}', 'Foo.java'],
    ['follows a public class behind other modifiers', 'public final strictfp class Foo {}', 'Foo.java'],
    ['follows the public one of several', 'class A {}\npublic record B() {}', 'B.java'],
    ['is Main without a public class', 'class A {}', 'Main.java'],
    [
      'is not taken from an annotation before a class that is not public',
      '@A(public_ = 1) class B {}',
      'Main.java',
    ],
    ['is Main for nothing at all', '', 'Main.java'],
  ])('%s', (_, code, expected) => {
    expect(javaFileName(code)).toBe(expected);
  });
});

test.each([
  'public ',
  'abstract ',
  '{',
  '/*',
  '"',
  "'",
  '"""',
  'package ',
  'class ',
  'void main',
  '\\',
  '/* * ',
  '\n',
])('A mebibyte of %j is read in bounded time', (unit) => {
  const startedAt = performance.now();
  readJavaSource(unit.repeat(Math.ceil(2 ** 20 / unit.length)));
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

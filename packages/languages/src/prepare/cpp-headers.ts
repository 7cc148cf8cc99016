/**
 * Precompiled headers for GCC. A program that begins with `#include <bits/stdc++.h>` spends a second on reading it again. GCC looks for
 * `bits/stdc++.h.gch` in each folder of the include path before it looks for the header itself there; when that is a folder, it takes
 * the first file in it that fits the compiler and the options, and goes on searching when none does (GCC manual, "Using Precompiled
 * Headers"). So our folder on the path changes how long a compile takes and nothing else. It is the last `-isystem`: everything that
 * the user names, and every file of the same name beside his, is found before it.
 */
import {BUILD_FOLDER_MARKER, textFile} from '../build/build-folder.ts';
import {compilerDrivers} from '../build/c-compiler.ts';
import {CPP_STANDARD, commonFlags} from '../build/c-flags.ts';
import type {RecipeContext, Toolchain} from '../recipe.ts';
import {PREPARED, PREPARED_INPUTS, type Preparation, type Preparations, preparation} from './preparation.ts';

/** Headers that take long to read and stand first in many programs; GCC uses one precompiled header in a compile, the first. */
const HEADERS = [
  'bits/stdc++.h',
  'iostream',
  'algorithm',
  'vector',
  'string',
  'map',
  'set',
  'unordered_map',
  'queue',
  'fstream',
  'sstream',
  'iomanip',
  'memory',
  'functional',
  'thread',
  'regex',
  'chrono',
];

const COMMON_HEADERS = ['bits/stdc++.h', 'iostream'];

/** Options that GCC tells apart by itself, or that have no influence on a header. */
const HARMLESS_OPTION =
  /^-(?:std=(?:c|gnu)\+\+[0-9a-z]{2}|W(?!invalid-pch)[a-z0-9+=-]*|pedantic|l\w+|D\w+(?:=\w*)?)$/;

/**
 * Options that decide what code a header's functions become. Each set of them has headers of its own, in a folder of its own, because GCC does
 * not look at all of them when it judges whether a precompiled header fits. `-march=native` is not among them: it means something else when the
 * data folder moves to another machine.
 */
const SANITIZER = '(?:address|undefined|leak|thread)';
const CODE_OPTION = new RegExp(
  `^-(?:O(?:[0-3sg]|fast)?|g[0-3]?|pthread|fopenmp|fsanitize=${SANITIZER}(?:,${SANITIZER})*` +
    '|f(?:no-)?(?:exceptions|rtti|omit-frame-pointer|strict-aliasing|wrapv|trapv|inline|unroll-loops|fast-math|stack-protector)' +
    '|march=x86-64(?:-v[234])?|m(?:avx2?|bmi2?|fma|popcnt|lzcnt|sse4\\.[12]))$',
);

/** More are no set that many programs share, and their folder's name would grow. */
const MAX_CODE_OPTIONS = 6;
const STANDARD_OPTION = /^-std=/;

/** The option that lets GCC find the precompiled headers; none where they could be in the way. */
export function headerOptions({toolchain, compilerOptions}: RecipeContext): string[] {
  if (!isEligible(toolchain, compilerOptions)) return [];
  return ['-isystem', `${PREPARED}/${folderOf(codeOptions(compilerOptions))}`];
}

export const CPP_HEADERS: Preparations<RecipeContext> = {
  common: (toolchain) =>
    isEligible(toolchain, [])
      ? COMMON_HEADERS.map((header) => precompiled(header, {standard: CPP_STANDARD, code: [], toolchain}))
      : [],
  wanted: ({files, compilerOptions, toolchain}) => {
    if (!isEligible(toolchain, compilerOptions)) return [];
    const standard = compilerOptions.findLast((option) => STANDARD_OPTION.test(option)) ?? CPP_STANDARD;
    const code = codeOptions(compilerOptions);
    const headers = files.map(({content}) => firstHeader(Buffer.from(content).toString('latin1')));
    return [...new Set(headers)]
      .filter((header) => header !== null)
      .map((header) => precompiled(header, {standard, code, toolchain}));
  },
};

function isEligible({name}: Toolchain, compilerOptions: readonly string[]): boolean {
  // Clang has precompiled headers of its own, which it finds by option only.
  if (name !== 'gcc' || codeOptions(compilerOptions).length > MAX_CODE_OPTIONS) return false;
  return compilerOptions.every((option) => HARMLESS_OPTION.test(option) || CODE_OPTION.test(option));
}

/** In their order, in which the last of some wins. Asking for what is there anyway is no set of its own. */
function codeOptions(compilerOptions: readonly string[]): string[] {
  const code = compilerOptions.filter((option) => CODE_OPTION.test(option));
  return code.every((option) => option === '-O2') ? [] : code;
}

function folderOf(code: readonly string[]): string {
  return `headers${code.join('')}`;
}

/**
 * The header that a source includes first, if it is one worth precompiling. Blank lines, comments and other directives may stand before it;
 * past the first declaration GCC uses no precompiled header.
 */
export function firstHeader(source: string): string | null {
  const before = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[ \t]*(?:define|pragma|undef)\b[^\n]*)*/.exec(
    source.slice(0, 4096),
  );
  const include = /^#[ \t]*include[ \t]*<([\w./+]+)>/.exec(source.slice(before?.[0].length ?? 0));
  const header = include?.[1];
  return header !== undefined && HEADERS.includes(header) ? header : null;
}

interface HeaderUse {
  readonly standard: string;
  readonly code: readonly string[];
  readonly toolchain: Toolchain;
}

/** A source of the usual name that includes the header and nothing else: GCC's messages will name it as the includer. */
function precompiled(header: string, {standard, code, toolchain}: HeaderUse): Preparation {
  const variant = `${toolchain.digest}${standard}`;
  const made = preparation(
    `${folderOf(code)}/${header}.gch/${variant}`,
    (whole) => [
      compilerDrivers(toolchain).cpp,
      ...commonFlags(toolchain.name),
      standard,
      ...code,
      '-MD',
      '-MF',
      PREPARED_INPUTS,
      '-x',
      'c++-header',
      'main.cpp',
      '-o',
      whole,
    ],
    {env: {}, files: [BUILD_FOLDER_MARKER, textFile('main.cpp', `#include <${header}>\n`)]},
  );
  return code.length === 0 ? made : {...made, isRare: true};
}

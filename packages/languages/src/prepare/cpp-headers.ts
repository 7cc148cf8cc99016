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

/** Options under which the headers are used: those that GCC tells apart by itself, or that have no influence on a header. */
const HARMLESS_OPTION =
  /^-(?:std=(?:c|gnu)\+\+[0-9a-z]{2}|O2|W(?!invalid-pch)[a-z0-9+=-]*|pedantic|l\w+|D\w+(?:=\w*)?)$/;
const STANDARD_OPTION = /^-std=/;

/** The option that lets GCC find the precompiled headers; none where they could be in the way. */
export function headerOptions({toolchain, compilerOptions}: RecipeContext): string[] {
  return isEligible(toolchain, compilerOptions) ? ['-isystem', `${PREPARED}/headers`] : [];
}

export const CPP_HEADERS: Preparations<RecipeContext> = {
  common: (toolchain) =>
    isEligible(toolchain, [])
      ? COMMON_HEADERS.map((header) => precompiled(header, CPP_STANDARD, toolchain))
      : [],
  wanted: ({files, compilerOptions, toolchain}) => {
    if (!isEligible(toolchain, compilerOptions)) return [];
    const standard = compilerOptions.findLast((option) => STANDARD_OPTION.test(option)) ?? CPP_STANDARD;
    const headers = files.map(({content}) => firstHeader(Buffer.from(content).toString('latin1')));
    return [...new Set(headers)]
      .filter((header) => header !== null)
      .map((header) => precompiled(header, standard, toolchain));
  },
};

function isEligible({name}: Toolchain, compilerOptions: readonly string[]): boolean {
  // Clang has precompiled headers of its own, which it finds by option only.
  return name === 'gcc' && compilerOptions.every((option) => HARMLESS_OPTION.test(option));
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

/** A source of the usual name that includes the header and nothing else: GCC's messages will name it as the includer. */
function precompiled(header: string, standard: string, toolchain: Toolchain): Preparation {
  const variant = `${toolchain.digest}${standard}`;
  return preparation(
    `headers/${header}.gch/${variant}`,
    (whole) => [
      compilerDrivers(toolchain).cpp,
      ...commonFlags(toolchain.name),
      standard,
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
}

import type {SourceFile} from '@sandglass/protocol';
import {BUILD_FOLDER, BUILD_FOLDER_MARKER, PROGRAM} from '../build/build-folder.ts';
import {compilerCandidates, compilerDrivers} from '../build/c-compiler.ts';
import {C_STANDARD, CPP_STANDARD, commonFlags} from '../build/c-flags.ts';
import {runNativeProgram} from '../build/native-program.ts';
import {inSequence} from '../build/shell-script.ts';
import {asArgument, pathsWithExtension} from '../build/source-paths.ts';
import {diagnoseC} from '../diagnostics/c.ts';
import {CPP_HEADERS, headerOptions} from '../prepare/cpp-headers.ts';
import type {LanguageRecipe, RecipeContext} from '../recipe.ts';

const SOURCE_EXTENSIONS = ['.cpp', '.cc', '.cxx', '.c++', '.C'];

export const cpp: LanguageRecipe = {
  id: 'cpp',
  name: 'C++',
  aliases: ['c++', 'cxx', 'cc', 'g++', 'c++20'],
  extensions: ['.cpp', '.cc', '.cxx', '.c++', '.hpp', '.hh', '.hxx'],
  sourceFile: 'main.cpp',
  toolchains: compilerCandidates('cpp'),
  example: `#include <iostream>
#include <string>

int main() {
  std::cout << "Hello from C++\\n";
  std::string line;
  if (std::getline(std::cin, line)) std::cout << line << "\\n";
}
`,
  compile: (context) => {
    const cFiles = pathsWithExtension(context.files, ['.c']).filter((path) => path !== context.entry);
    const objects = cFiles.map((_, index) => `${BUILD_FOLDER}/c-${index}.o`);
    const link = linkCommand(context, objects);
    return {
      argv: cFiles.length === 0 ? link : inSequence([...cObjectCommands(context, cFiles, objects), link]),
      env: {},
      files: [BUILD_FOLDER_MARKER],
      outputs: [PROGRAM],
    };
  },
  run: runNativeProgram,
  preparations: CPP_HEADERS,
  diagnose: diagnoseC,
};

/**
 * C files beside C++ ones are C: the C++ compiler would refuse valid C (implicit `void *` conversions) and mangle names that
 * headers declare `extern "C"`.
 */
function cObjectCommands({toolchain}: RecipeContext, paths: string[], objects: string[]): string[][] {
  return paths.map((path, index) => [
    compilerDrivers(toolchain).c,
    C_STANDARD,
    ...commonFlags(toolchain.name),
    '-c',
    asArgument(path),
    '-o',
    objects[index] ?? path,
  ]);
}

function linkCommand(context: RecipeContext, objects: readonly string[]): string[] {
  const {files, entry, compilerOptions, toolchain} = context;
  return [
    compilerDrivers(toolchain).cpp,
    CPP_STANDARD,
    ...commonFlags(toolchain.name),
    ...sourceArguments(files, entry),
    ...objects,
    '-o',
    PROGRAM,
    ...compilerOptions,
    ...headerOptions(context),
  ];
}

function sourceArguments(files: readonly SourceFile[], entry: string): string[] {
  const sources = pathsWithExtension(files, SOURCE_EXTENSIONS);
  if (sources.length > 0) return sources.map(asArgument);
  return ['-x', 'c++', asArgument(entry), '-x', 'none'];
}

import {BUILD_FOLDER_MARKER, PROGRAM} from '../build/build-folder.ts';
import {compilerCandidates, compilerDrivers} from '../build/c-compiler.ts';
import {C_STANDARD, commonFlags} from '../build/c-flags.ts';
import {runNativeProgram} from '../build/native-program.ts';
import {asArgument, pathsWithExtension} from '../build/source-paths.ts';
import {diagnoseC} from '../diagnostics/c.ts';
import type {LanguageRecipe} from '../recipe.ts';

export const c: LanguageRecipe = {
  id: 'c',
  name: 'C',
  aliases: ['gcc', 'c17'],
  extensions: ['.c', '.h'],
  sourceFile: 'main.c',
  toolchains: compilerCandidates('c'),
  example: `#include <stdio.h>

int main(void) {
  puts("Hello from C");
  char line[1000];
  if (fgets(line, sizeof line, stdin)) fputs(line, stdout);
  return 0;
}
`,
  compile: ({files, entry, compilerOptions, toolchain}) => {
    const sources = pathsWithExtension(files, ['.c']);
    return {
      argv: [
        compilerDrivers(toolchain).c,
        C_STANDARD,
        ...commonFlags(toolchain.name),
        ...(sources.length > 0 ? sources.map(asArgument) : ['-x', 'c', asArgument(entry), '-x', 'none']),
        '-o',
        PROGRAM,
        '-lm',
        ...compilerOptions,
      ],
      env: {},
      files: [BUILD_FOLDER_MARKER],
      outputs: [PROGRAM],
    };
  },
  run: runNativeProgram,
  diagnose: diagnoseC,
};

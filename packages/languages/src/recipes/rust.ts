import {BUILD_FOLDER_MARKER, PROGRAM} from '../build/build-folder.ts';
import {asArgument} from '../build/source-paths.ts';
import {diagnoseRust} from '../diagnostics/rust.ts';
import type {LanguageRecipe} from '../recipe.ts';

const RUSTC = '/usr/bin/rustc';

export const rust: LanguageRecipe = {
  id: 'rust',
  name: 'Rust',
  aliases: ['rs', 'rustc'],
  extensions: ['.rs'],
  sourceFile: 'main.rs',
  toolchains: [
    {
      name: 'rustc',
      // rustc links through the C compiler driver.
      binaries: [RUSTC, '/usr/bin/cc'],
      versionArgv: [RUSTC, '--version'],
      versionPattern: /^rustc (\d[\d.]*)/,
      debianPackages: ['rustc'],
    },
  ],
  example: `use std::io;

fn main() {
    println!("Hello from Rust");
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("stdin is readable");
    print!("{line}");
}
`,
  compile: ({entry, compilerOptions}) => ({
    // Only the entry is named: it brings in the others with `mod`. The crate name does not follow the file's, which may be no
    // valid identifier.
    argv: [
      RUSTC,
      '--edition=2021',
      '--crate-name=main',
      '-Copt-level=2',
      '--color=never',
      '-o',
      PROGRAM,
      ...compilerOptions,
      asArgument(entry),
    ],
    env: {},
    files: [BUILD_FOLDER_MARKER],
    outputs: [PROGRAM],
  }),
  run: () => ({argv: [`./${PROGRAM}`], env: {}, files: []}),
  diagnose: diagnoseRust,
};

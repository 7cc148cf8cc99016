import type {Toolchain, ToolchainCandidate} from '../recipe.ts';

interface CompilerNames {
  readonly c: string;
  readonly cpp: string;
}

const COMPILERS: Readonly<Record<string, CompilerNames>> = {
  gcc: {c: '/usr/bin/gcc', cpp: '/usr/bin/g++'},
  clang: {c: '/usr/bin/clang', cpp: '/usr/bin/clang++'},
};

/** The compiler drivers of a toolchain named `gcc` or `clang`. */
export function compilerDrivers(toolchain: Pick<Toolchain, 'name'>): CompilerNames {
  const names = COMPILERS[toolchain.name];
  if (names === undefined) {
    throw new TypeError(
      `Cannot plan a C or C++ build: toolchain "${toolchain.name}" is none of ${Object.keys(COMPILERS).join(', ')}.`,
    );
  }
  return names;
}

/** GCC and Clang as candidates for C (`c`) or C++ (`cpp`). GCC is first: it is what Debian's build-essential brings. */
export function compilerCandidates(language: keyof CompilerNames): ToolchainCandidate[] {
  // The assembler and the linker are programs of their own; without them a compiler is there and no program comes out.
  const gcc = [...new Set([driver('gcc', 'c'), driver('gcc', language)]), '/usr/bin/as', '/usr/bin/ld'];
  const clang = [...new Set([driver('clang', 'c'), driver('clang', language)]), '/usr/bin/ld'];
  return [
    {
      name: 'gcc',
      binaries: gcc,
      versionArgv: [driver('gcc', language), '-dumpfullversion'],
      versionPattern: /^(\d[\d.]*)/,
      debianPackages: language === 'c' ? ['gcc', 'libc6-dev'] : ['g++'],
    },
    {
      name: 'clang',
      binaries: clang,
      versionArgv: [driver('clang', language), '--version'],
      versionPattern: /clang version (\d[\d.]*)/,
      // Clang brings no C++ library of its own on Debian; it uses the one of g++.
      debianPackages: language === 'c' ? ['clang', 'libc6-dev'] : ['clang', 'g++'],
    },
  ];
}

function driver(name: 'gcc' | 'clang', language: keyof CompilerNames): string {
  return compilerDrivers({name})[language];
}

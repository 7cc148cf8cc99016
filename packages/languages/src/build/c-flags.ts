/**
 * What C and C++ builds share. `-O2` is what programs are judged with everywhere; `-pipe` keeps intermediate text out of the
 * sandbox's small /tmp; `-Wall` only adds diagnostics, as no warning stops a build; colours would end up in stored text; more
 * than 100 errors help nobody.
 */
export function commonFlags(toolchainName: string): string[] {
  const errorLimit = toolchainName === 'clang' ? '-ferror-limit=100' : '-fmax-errors=100';
  return ['-O2', '-pipe', '-Wall', '-fdiagnostics-color=never', errorLimit, '-I.'];
}

/** GNU C17, the default of the compilers that Debian 12 ships. */
export const C_STANDARD = '-std=gnu17';

/** C++20 with GNU extensions, which GCC 12 implements. */
export const CPP_STANDARD = '-std=gnu++20';

/**
 * C's standard library holds output back when it goes to a pipe. `libstdbuf.so` of GNU coreutils (the library behind stdbuf(1))
 * sets line buffering before `main`. Line-buffered input makes the C library flush output before it waits for input, as on a
 * terminal, so a prompt without a newline is seen too. A program that is linked statically ignores the library and keeps its buffer.
 */
const LIBSTDBUF = '/usr/libexec/coreutils/libstdbuf.so';

/** Variables that make a C program (or an interpreter that prints through C's stdio) write line by line. */
export function liveStdio(isLive: boolean): Record<string, string> {
  return isLive ? {LD_PRELOAD: LIBSTDBUF, _STDBUF_O: 'L', _STDBUF_I: 'L'} : {};
}

/** Where the compiled standard library is in an image that has one; see `prepareGoCache`. */
export const GO_CACHE_SEED = '/opt/sandglass/go-cache';

/** The build cache of one compile, in the sandbox's own space. */
export const GO_CACHE = '/tmp/go-cache';

/**
 * Go's cache must be writable, and the seed is not: its 256 folders are linked into a cache of the sandbox's own. What Go finds there it
 * uses; what it cannot write there it does without.
 */
const LINK_SEED = `mkdir -p ${GO_CACHE} && if [ -d ${GO_CACHE_SEED} ]; then ln -s ${GO_CACHE_SEED}/?? ${GO_CACHE}/; fi`;

/** Runs a go command in a folder of the working directory, with the seed in its cache. Arguments are never read as shell text. */
export function withGoCache(folder: string, command: readonly string[]): string[] {
  return ['/bin/sh', '-c', `${LINK_SEED} && cd "$1" && shift && exec "$@"`, 'go-build', folder, ...command];
}

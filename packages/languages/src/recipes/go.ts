import {posix} from 'node:path';
import type {SourceFile} from '@sandglass/protocol';
import {BUILD_FOLDER_MARKER, PROGRAM, textFile} from '../build/build-folder.ts';
import {cpuThreads} from '../build/cpu-threads.ts';
import {GO_CACHE, withGoCache} from '../build/go-cache.ts';
import {asArgument} from '../build/source-paths.ts';
import {diagnoseGo} from '../diagnostics/go.ts';
import type {LanguageRecipe} from '../recipe.ts';

const GO = '/usr/bin/go';

/** The Go runtime collects harder as it nears this share of the memory limit; the rest is stacks, code and the kernel's part. */
const MEMORY_SHARE = 0.85;

export const go: LanguageRecipe = {
  id: 'go',
  name: 'Go',
  aliases: ['golang'],
  extensions: ['.go'],
  sourceFile: 'main.go',
  toolchains: [
    {
      name: 'go',
      binaries: [GO],
      versionArgv: [GO, 'version'],
      versionPattern: /go version go(\d[\d.]*)/,
      debianPackages: ['golang-go'],
    },
  ],
  example: `package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	fmt.Println("Hello from Go")
	if lines := bufio.NewScanner(os.Stdin); lines.Scan() {
		fmt.Println(lines.Text())
	}
}
`,
  compile: ({files, entry, compilerOptions, limits, toolchain}) => {
    const module = moduleFolder(files, entry);
    const target = `./${posix.relative(module ?? '', posix.dirname(entry))}`;
    const build = [GO, 'build', '-buildvcs=false', '-ldflags=-s -w', '-o', `/work/${PROGRAM}`];
    return {
      argv: withGoCache(asArgument(module ?? '.'), [...build, ...compilerOptions, target]),
      env: buildEnvironment(files, module ?? '.', cpuThreads(limits.cpuCount)),
      files: [BUILD_FOLDER_MARKER, ...(module === null ? [standInModule(toolchain.version)] : [])],
      outputs: [PROGRAM],
    };
  },
  run: ({limits}) => ({
    argv: [`./${PROGRAM}`],
    env: {
      GOMEMLIMIT: String(Math.floor(limits.memoryBytes * MEMORY_SHARE)),
      GOMAXPROCS: String(cpuThreads(limits.cpuCount)),
    },
    files: [],
  }),
  diagnose: diagnoseGo,
};

/** The nearest folder above the entry that holds a go.mod, "." for the working directory, null when there is none. */
function moduleFolder(files: readonly SourceFile[], entry: string): string | null {
  const paths = new Set(files.map((file) => file.path));
  for (let folder = posix.dirname(entry); ; folder = posix.dirname(folder)) {
    if (paths.has(posix.join(folder, 'go.mod'))) return folder;
    if (folder === '.') return null;
  }
}

/** Sources without a go.mod become a module named `main`, so that packages in sub-folders are `main/<folder>`. */
function standInModule(version: string) {
  const [major = '1', minor = '19'] = version.split('.');
  return textFile('go.mod', `module main\n\ngo ${major}.${minor}\n`);
}

/** No network and no settings from outside: what is not in the files or the toolchain is refused with Go's own words. */
function buildEnvironment(files: readonly SourceFile[], module: string, threads: number) {
  const isVendored = files.some((file) => file.path === posix.join(module, 'vendor/modules.txt'));
  return {
    GOCACHE: GO_CACHE,
    // The index of packages would have to be written into the read-only part of the cache, which is an error.
    GODEBUG: 'goindex=0',
    GOTELEMETRY: 'off',
    GOPATH: '/tmp/go',
    GOENV: 'off',
    GOFLAGS: isVendored ? '-mod=vendor' : '-mod=mod',
    GOPROXY: 'off',
    GOSUMDB: 'off',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOMAXPROCS: String(threads),
  };
}

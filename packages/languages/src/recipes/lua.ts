import {posix} from 'node:path';
import {liveStdio} from '../build/live-stdio.ts';
import {asArgument} from '../build/source-paths.ts';
import type {LanguageRecipe} from '../recipe.ts';

const LUA = '/usr/bin/lua5.4';

export const lua: LanguageRecipe = {
  id: 'lua',
  name: 'Lua',
  aliases: ['lua5.4'],
  extensions: ['.lua'],
  sourceFile: 'main.lua',
  toolchains: [
    {
      name: 'lua5.4',
      binaries: [LUA],
      versionArgv: [LUA, '-v'],
      versionPattern: /^Lua (\d[\d.]*)/,
      debianPackages: ['lua5.4'],
    },
  ],
  example: `print("Hello from Lua")
print(io.read())
`,
  run: ({entry, isLive}) => ({
    argv: [LUA, asArgument(entry)],
    env: {LUA_PATH: modulePath(posix.dirname(entry)), ...liveStdio(isLive)},
    files: [],
  }),
};

/** Lua looks only beside the current folder; modules are also found beside the entry. `;;` stands for the built-in path. */
function modulePath(folder: string): string {
  // `;` and `?` are Lua's own separators and cannot be quoted in a path list.
  const folders = folder === '.' || /[;?]/.test(folder) ? ['.'] : ['.', `./${folder}`];
  return [...folders.flatMap((base) => [`${base}/?.lua`, `${base}/?/init.lua`]), ';'].join(';');
}

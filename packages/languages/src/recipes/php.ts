import {asArgument} from '../build/source-paths.ts';
import type {LanguageRecipe} from '../recipe.ts';

const PHP = '/usr/bin/php';

export const php: LanguageRecipe = {
  id: 'php',
  name: 'PHP',
  aliases: ['php-cli'],
  extensions: ['.php'],
  sourceFile: 'main.php',
  toolchains: [
    {
      name: 'php',
      binaries: [PHP],
      versionArgv: [PHP, '--version'],
      versionPattern: /^PHP (\d+(?:\.\d+)*)/,
      debianPackages: ['php-cli'],
    },
  ],
  example: `<?php
echo "Hello from PHP\\n";
echo fgets(STDIN);
`,
  run: ({entry}) => ({
    argv: [
      PHP,
      // The sandbox bounds memory, so PHP's own bound would only strike earlier and with a vaguer message.
      '-dmemory_limit=-1',
      // Distributions configure PHP for web servers, where errors are hidden from the reader.
      '-ddisplay_errors=stderr',
      '-derror_reporting=32767',
      '-dlog_errors=0',
      '-dhtml_errors=0',
      // `-f` with `--` afterwards: arguments of the program that begin with a dash are not taken for PHP's.
      '-f',
      asArgument(entry),
      '--',
    ],
    env: {},
    files: [],
  }),
  prime: {firstFile: ({entry}) => entry, idleBytes: 6 * 1024 * 1024},
};

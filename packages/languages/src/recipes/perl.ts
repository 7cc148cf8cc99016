import {asArgument} from '../build/source-paths.ts';
import type {LanguageRecipe} from '../recipe.ts';

const PERL = '/usr/bin/perl';

export const perl: LanguageRecipe = {
  id: 'perl',
  name: 'Perl',
  aliases: ['pl'],
  extensions: ['.pl', '.pm'],
  sourceFile: 'main.pl',
  toolchains: [
    {
      name: 'perl',
      binaries: [PERL],
      versionArgv: [PERL, '-e', 'printf "%vd\\n", $^V'],
      versionPattern: /^(\d[\d.]*)/,
      debianPackages: ['perl'],
    },
  ],
  example: `print "Hello from Perl\\n";
print scalar <STDIN>;
`,
  run: ({entry, isLive}) => ({
    argv: [
      PERL,
      // Perl 5.26 took the current folder off the module path; here it holds only the user's own files.
      '-I.',
      '-Ilib',
      // perlrun(1): -M puts its text behind `use`, so this is `use 5; $|++;`, Perl's way to ask for unbuffered output.
      ...(isLive ? ['-M5;$|++'] : []),
      asArgument(entry),
    ],
    env: {},
    files: [],
  }),
};

import type {LanguageRecipe} from '../recipe.ts';

const SQLITE = '/usr/bin/sqlite3';

export const sql: LanguageRecipe = {
  id: 'sql',
  name: 'SQL',
  aliases: ['sqlite', 'sqlite3'],
  extensions: ['.sql'],
  sourceFile: 'main.sql',
  toolchains: [
    {
      name: 'sqlite3',
      binaries: [SQLITE],
      versionArgv: [SQLITE, '--version'],
      versionPattern: /^(\d[\d.]*)/,
      debianPackages: ['sqlite3'],
    },
  ],
  example: `SELECT 'Hello from SQL';
CREATE TABLE input(line TEXT);
.import /dev/stdin input
SELECT line FROM input LIMIT 1;
`,
  run: ({entry}) => ({
    // An empty database in memory; a script that wants a file says `.open name.db`. `-bail` makes the first error end the run
    // with a non-zero exit code. Arguments of a run are further statements, as sqlite3 takes them.
    argv: [SQLITE, '-batch', '-bail', ':memory:', `.read ${quotedPath(entry)}`],
    env: {},
    files: [],
  }),
};

/** Dot-commands read C escapes in double quotes; the leading `./` keeps a name that begins with `|` from being a pipe. */
function quotedPath(path: string): string {
  return `"./${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

import {BUILD_FOLDER, textFile} from '../build/build-folder.ts';
import {asArgument} from '../build/source-paths.ts';
import type {LanguageRecipe} from '../recipe.ts';

const RUBY = '/usr/bin/ruby';
const LIVE_FILE = textFile(`${BUILD_FOLDER}/live.rb`, '$stdout.sync = true\n');

export const ruby: LanguageRecipe = {
  id: 'ruby',
  name: 'Ruby',
  aliases: ['rb'],
  extensions: ['.rb'],
  sourceFile: 'main.rb',
  toolchains: [
    {
      name: 'ruby',
      binaries: [RUBY],
      versionArgv: [RUBY, '--version'],
      versionPattern: /^ruby (\d+(?:\.\d+)*)/,
      debianPackages: ['ruby'],
    },
  ],
  example: `puts "Hello from Ruby"
print gets
`,
  run: ({entry, isLive}) => ({
    // Modules are found from the working directory and its `lib`, as gems lay themselves out.
    argv: [RUBY, '-I.', '-Ilib', ...(isLive ? [`-r./${LIVE_FILE.path}`] : []), asArgument(entry)],
    env: {},
    files: isLive ? [LIVE_FILE] : [],
  }),
};

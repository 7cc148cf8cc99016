import {asArgument} from '../build/source-paths.ts';
import type {LanguageRecipe} from '../recipe.ts';

export const bash: LanguageRecipe = {
  id: 'bash',
  name: 'Bash',
  aliases: ['sh', 'shell'],
  extensions: ['.sh', '.bash'],
  sourceFile: 'main.sh',
  toolchains: [
    {
      name: 'bash',
      binaries: ['/bin/bash'],
      versionArgv: ['/bin/bash', '--version'],
      versionPattern: /version (\d+(?:\.\d+)*)/,
      debianPackages: ['bash'],
    },
  ],
  example: `echo "Hello from Bash"
read -r line && printf '%s\\n' "$line"
`,
  run: ({entry}) => ({argv: ['/bin/bash', asArgument(entry)], env: {}, files: []}),
};

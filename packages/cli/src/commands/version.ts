import {Command} from 'commander';
import {VERSION} from '../version.ts';

export function versionCommand(): Command {
  return new Command('version').action(() => {
    process.stdout.write(`sandglass ${VERSION}\nnode ${process.versions.node}\n`);
  });
}

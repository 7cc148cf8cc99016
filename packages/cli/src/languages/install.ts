import {installLanguages} from '@sandglass/languages';

/** `sandglass languages install`: as root installs, else tells the command; progress on a terminal only. */
export async function install(names: readonly string[]): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const {packages} = await installLanguages(names, {
    signal: stop.signal,
    onProgress: (line) => {
      if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
    },
  });
  const what =
    packages.length === 0
      ? 'Nothing to install: this comes with Sandglass'
      : `Installed ${packages.join(' ')}`;
  process.stdout.write(`${what}. See: sandglass languages\n`);
}

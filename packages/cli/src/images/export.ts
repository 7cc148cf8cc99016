import {copyFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {ImageStore, imageStoreFolder, OUTPUT_FORMATS, writeOutput} from '@sandglass/images';
import {guestRamdisk, microvmCacheFolder} from '@sandglass/sandbox';
import {levelOptions, loadConfig} from '@sandglass/server/config';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {NATIVE_DIR} from '../native-dir.ts';
import {abortOnSignals} from '../run/abort-on-signals.ts';

/** `sandglass images export`. */
export async function exportImage(name: string, file: string, format: string | undefined): Promise<void> {
  const wanted = OUTPUT_FORMATS.find((each) =>
    format === undefined ? file.endsWith(`.${each}`) : each === format,
  );
  if (wanted === undefined)
    throw new CliError(
      EXIT_CODES.usage,
      `Cannot tell the format of ${file}: give --format with one of ${OUTPUT_FORMATS.join(', ')}.`,
    );
  const {config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()});
  const store = new ImageStore(imageStoreFolder(config.dataDir));
  const image = await store.get(name);
  const stop = new AbortController();
  using _ = abortOnSignals(stop);
  const guest =
    wanted === 'cpio.gz'
      ? await guestRamdisk({
          kernel: levelOptions(config).microvm?.kernel,
          folder: join(microvmCacheFolder(config.dataDir), 'kernels'),
          nativeDir: NATIVE_DIR,
          signal: stop.signal,
        })
      : null;
  const made = await writeOutput(store, image, wanted, {
    guestRamdisk: guest?.content ?? null,
    onWait: () => process.stderr.write('Waiting for a build to end\n'),
    signal: stop.signal,
  });
  await copyWhole(made, file);
  if (guest !== null) process.stderr.write(`It starts with the kernel ${guest.kernelPath}\n`);
}

/** Beside its place first: a file of that name is never half of one. */
async function copyWhole(from: string, file: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`;
  try {
    await copyFile(from, unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, {force: true});
    throw new CliError(EXIT_CODES.cannotCreate, `Cannot write ${file}: ${String(error)}.`);
  }
}

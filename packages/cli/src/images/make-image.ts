import type {ImageStore, OnProgress, StoredImage} from '@sandglass/images';
import {exitCodeOfSignal} from '../exit-codes.ts';
import {abortOnSignals} from '../run/abort-on-signals.ts';
import {formatBytes} from '../terminal/units.ts';
import {openStore} from './open-store.ts';
import {ProgressLine} from './progress-line.ts';
import {proveLanguages} from './prove-languages.ts';

export interface MakeOptions {
  readonly json: boolean;
  readonly make: (
    store: ImageStore,
    options: {readonly onProgress: OnProgress; readonly signal: AbortSignal},
  ) => Promise<{readonly image: StoredImage; readonly isNew: boolean}>;
}

/** Makes an image with progress on standard error, proves its languages, and says what came of it. Ctrl-C leaves nothing behind. */
export async function makeImage({json, make}: MakeOptions): Promise<void> {
  const store = await openStore();
  const stop = new AbortController();
  using _ = abortOnSignals(stop);
  const made = await stoppable(stop.signal, () =>
    withProgress(async (onProgress) => {
      const made = await make(store, {onProgress, signal: stop.signal});
      if (made.image.languages !== null) return made;
      onProgress({kind: 'step', message: 'Running a program of each language'});
      return {
        ...made,
        image: {...made.image, languages: await proveLanguages(store, made.image, stop.signal)},
      };
    }),
  );
  if (made === null) return;
  const {image, isNew} = made;
  if (json) {
    process.stdout.write(`${JSON.stringify({...image, isNew}, null, 2)}\n`);
    return;
  }
  const languages = (image.languages ?? []).map(({id, version}) => `${id} ${version}`).join(', ');
  process.stdout.write(
    `${image.name}: ${isNew ? 'made' : 'unchanged'}, ${formatBytes(image.bytes)}, ${image.digest}\nLanguages: ${languages || 'none'}\n`,
  );
}

/** Null when a signal came first, which is said and becomes the exit code. */
async function stoppable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write('Stopped. What was under way is removed.\n');
    process.exitCode = exitCodeOfSignal(String(signal.reason));
    return null;
  }
}

async function withProgress<T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  using line = new ProgressLine(process.stderr);
  return await work(line.show);
}

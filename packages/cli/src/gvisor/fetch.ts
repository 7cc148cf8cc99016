import {fetchRunsc, gvisorFolder} from '@sandglass/sandbox';
import {exitCodeOfSignal} from '../exit-codes.ts';
import {dataFolder} from '../images/open-store.ts';
import {abortOnSignals} from '../run/abort-on-signals.ts';

export interface FetchFlags {
  readonly suite?: string;
  readonly mirror?: string;
  readonly json?: true;
}

/** `sandglass gvisor fetch`. Ctrl-C leaves nothing behind. */
export async function fetchGvisor({suite, mirror, json}: FetchFlags): Promise<void> {
  const stop = new AbortController();
  using _ = abortOnSignals(stop);
  const folder = gvisorFolder(await dataFolder());
  try {
    const fetched = await fetchRunsc({
      folder,
      signal: stop.signal,
      ...(suite === undefined ? {} : {suite}),
      ...(mirror === undefined ? {} : {mirror}),
    });
    process.stdout.write(
      json
        ? `${JSON.stringify(fetched, null, 2)}\n`
        : `gVisor ${fetched.version}: ${fetched.path}\nThe level gvisor uses it from the next start on.\n`,
    );
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped. What was under way is removed.\n');
    process.exitCode = exitCodeOfSignal(String(stop.signal.reason));
  }
}

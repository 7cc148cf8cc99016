import {type LanguageInfo, SandglassClient} from '@sandglass/client';
import type {Run, RunEvent, RunRequest, RunResult} from '@sandglass/protocol';
import {runLiveOnServer} from './live-server-run.ts';
import type {Runner, RunOptions} from './runner.ts';

/** Runs programs on a Sandglass server and follows them through its event stream. */
export class ServerRunner implements Runner {
  readonly #client: SandglassClient;
  readonly #baseUrl: string;

  constructor(options: {readonly baseUrl: string; readonly apiKey: string | undefined}) {
    this.#client = new SandglassClient(options);
    this.#baseUrl = options.baseUrl;
  }

  languages(): Promise<readonly LanguageInfo[]> {
    return this.#client.languages();
  }

  async maxWallTimeMs(): Promise<number> {
    return (await this.#client.info()).limits.maximum.wallTimeMs;
  }

  async run(request: RunRequest, options: RunOptions): Promise<RunResult> {
    const {talk} = options;
    if (talk !== undefined)
      return toResult(await runLiveOnServer(this.#baseUrl, request, {...options, talk}));
    const {id} = await this.#client.submit(request);
    // The stream goes on to `finished` after a cancellation, which is how its end is seen. A server that cannot be reached
    // for cancelling cannot be reached by the stream either, which then throws.
    const cancel = () => void this.#client.cancel(id).catch(() => {});
    options.signal.addEventListener('abort', cancel, {once: true});
    try {
      if (options.signal.aborted) cancel();
      for await (const event of this.#client.events(id)) {
        await passOn(event, options);
        if (event.kind === 'finished') return toResult(event.run);
      }
      // The iterator ends with `finished` or throws; this asks once more rather than assume it.
      return toResult(await this.#client.wait(id));
    } finally {
      options.signal.removeEventListener('abort', cancel);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function passOn(event: RunEvent, {onOutput, onCompiled}: RunOptions): Promise<void> {
  if (event.kind === 'compiled') await onCompiled(event.compile.stdout + event.compile.stderr);
  if (event.kind !== 'stdout' && event.kind !== 'stderr') return;
  const bytes =
    event.dataBase64 === undefined ? Buffer.from(event.data ?? '') : Buffer.from(event.dataBase64, 'base64');
  await onOutput(event.kind, bytes);
}

function toResult(run: Run): RunResult {
  // A finished run has an outcome.
  return {...run, outcome: run.outcome ?? 'internal-error'};
}

import type {ChildProcess} from 'node:child_process';
import {createInterface} from 'node:readline';
import type {RunRequest} from '@sandglass/protocol';
import type {EngineOptions} from '../../../src/engine-options.ts';
import type {LevelFacts} from '../../../src/isolation/levels.ts';
import {openTestInternet} from './test-internet.ts';

export interface Answer {
  readonly outcome: string;
  readonly isolation?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** What the compiler printed; empty where nothing was compiled. */
  readonly compiler?: string;
}

/** An engine of a process of its own, whose only network is the test's internet. */
export interface EngineInInternet extends AsyncDisposable {
  readonly levels: readonly LevelFacts[];
  ask(request: RunRequest): Promise<Answer>;
}

/** What every Python program here has at hand: fetches a page by name, or says why not. */
export const PRELUDE = `
import socket, sys, time
def fetch(host, port=80):
    try:
        s = socket.create_connection((host, port), timeout=8)
        s.settimeout(8)
        s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        data = b""
        while chunk := s.recv(4096): data += chunk
        return data.decode().split("\\r\\n\\r\\n")[-1].strip()
    except Exception as error: return type(error).__name__
`;

export async function openEngineInInternet(
  dataDir: string,
  options: EngineOptions = {},
): Promise<EngineInInternet> {
  await using owned = new AsyncDisposableStack();
  const internet = owned.use(await openTestInternet());
  const worker = internet.startWorker('run-requests.ts', [dataDir, JSON.stringify(options)]);
  // Before the namespaces go: whatever the engine made is released by itself when its input ends.
  owned.defer(() => ended(worker));
  const answers = createInterface({input: worker.stdout ?? process.stdin})[Symbol.asyncIterator]();
  // The child writes its levels first, then one answer for each request.
  const next = async (): Promise<unknown> => JSON.parse(String((await answers.next()).value));
  const levels = (await next()) as readonly LevelFacts[];
  const release = owned.move();
  return {
    levels,
    ask: async (request) => {
      worker.stdin?.write(`${JSON.stringify(request)}\n`);
      return (await next()) as Answer;
    },
    [Symbol.asyncDispose]: () => release.disposeAsync(),
  };
}

async function ended(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const end = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.stdin?.end();
  await end;
}

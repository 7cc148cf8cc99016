import {type Percentiles, percentiles} from './statistics.ts';

const ECHO_KEYS = 500;
/** The first keys wait for the program to start. */
const WARM_UP_KEYS = 10;
const OUTPUT_BYTES = 100 * 1024 * 1024;
const SLOW_PAUSE_MS = 2;
const TESTS = 100;

export interface LiveFigures {
  /** From a key sent to its echo, through WebSocket, sandbox and terminal, in milliseconds. */
  readonly echo: Percentiles;
  /** A program that prints 100 MiB, to a client that reads at once and to one that pauses after each message. */
  readonly output: {readonly fastBytesPerSecond: number; readonly slowBytesPerSecond: number};
  /** The server's resident memory at most while the slow reader had it wait, in bytes. */
  readonly slowReaderPeakBytes: number;
  /** 100 tests on one program, and 100 runs of it, in milliseconds. */
  readonly judged: {readonly testsMs: number; readonly separateRunsMs: number};
}

interface MeasuredServer {
  readonly url: string;
  residentBytes(): Promise<number>;
}

/** Measures what people feel: typing, watching, being judged. */
export async function measureLive(server: MeasuredServer): Promise<LiveFigures> {
  const echo = await measureEcho(server.url);
  const fast = await readOutput(server.url, 0);
  let peak = 0;
  const watch = setInterval(async () => {
    peak = Math.max(peak, await server.residentBytes());
  }, 200);
  const slow = await readOutput(server.url, SLOW_PAUSE_MS);
  clearInterval(watch);
  return {
    echo,
    output: {fastBytesPerSecond: fast, slowBytesPerSecond: slow},
    slowReaderPeakBytes: peak,
    judged: await compareJudged(server.url),
  };
}

async function measureEcho(url: string) {
  const run = {language: 'bash', code: 'cat', limits: {wallTimeMs: 60_000}};
  await using session = await openSession(url, {kind: 'start', run, terminal: {columns: 80, rows: 24}});
  await session.next((message) => message.state === 'running');
  const times: number[] = [];
  for (let index = 0; index < ECHO_KEYS; index++) {
    const sentAt = performance.now();
    session.say({kind: 'stdin', data: 'x'});
    await session.next((message) => message.kind === 'terminal');
    times.push(performance.now() - sentAt);
  }
  return percentiles(times.slice(WARM_UP_KEYS));
}

async function readOutput(url: string, pauseMs: number): Promise<number> {
  const code = `head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x`;
  const run = {language: 'bash', code, limits: {wallTimeMs: 120_000, cpuTimeMs: 120_000}};
  const startedAt = performance.now();
  await using session = await openSession(url, {kind: 'start', run});
  let bytes = 0;
  for (;;) {
    const message = await session.next(() => true);
    if (message.kind === 'stdout') bytes += String(message.data).length;
    if (message.kind === 'finished') break;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  if (bytes !== OUTPUT_BYTES) throw new Error(`${bytes} bytes arrived of ${OUTPUT_BYTES}.`);
  return bytes / ((performance.now() - startedAt) / 1000);
}

async function compareJudged(url: string) {
  const program = {
    language: 'c',
    code: '#include <stdio.h>\nint main(void){int a;scanf("%d",&a);printf("%d",a);}',
  };
  const submit = async (body: object) => {
    const response = await fetch(`${url}/v1/runs?wait=true`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
    // The server's own answer to a waited run.
    const {outcome} = (await response.json()) as {outcome: string};
    if (outcome !== 'ok') throw new Error(`The measured run ended with ${outcome}.`);
  };
  await submit({...program, stdin: '1'});
  const inputs = Array.from({length: TESTS}, (_, index) => String(index));
  const beforeTests = performance.now();
  await submit({...program, tests: inputs.map((text) => ({stdin: text, expected: text}))});
  const beforeRuns = performance.now();
  await Promise.all(inputs.map((stdin) => submit({...program, stdin})));
  return {testsMs: beforeRuns - beforeTests, separateRunsMs: performance.now() - beforeRuns};
}

type Message = Readonly<Record<string, unknown>>;

async function openSession(url: string, start: object) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`);
  const messages: Message[] = [];
  let wake = () => {};
  socket.onmessage = ({data}) => {
    messages.push(JSON.parse(String(data)) as Message); // The server's contract vouches for the shape.
    wake();
  };
  socket.onclose = () => wake();
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const say = (message: object) => socket.send(JSON.stringify(message));
  say(start);
  return {
    say,
    async next(isWanted: (message: Message) => boolean): Promise<Message> {
      for (;;) {
        const message = messages.shift();
        if (message?.kind === 'error') throw new Error(`The session failed: ${JSON.stringify(message)}`);
        if (message !== undefined && isWanted(message)) return message;
        if (message !== undefined) continue;
        if (socket.readyState !== WebSocket.OPEN) throw new Error('The session ended too early.');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      socket.close();
    },
  };
}

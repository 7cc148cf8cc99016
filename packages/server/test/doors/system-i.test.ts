import {once} from 'node:events';
import {readdir, readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {WebSocket} from 'ws';
import {ServedEngine} from '../support/served-engine.ts';

type Message = Readonly<Record<string, unknown>>;

/** A client as system I had it: it knows its own messages and nothing of this server. */
class Client implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<unknown>;

  constructor(url: string) {
    this.socket = new WebSocket(url.replace('http', 'ws'));
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
    this.closed = once(this.socket, 'close').then(([code]) => code);
    // Refused handshakes are looked at by those who expect them.
    this.closed.catch(() => undefined);
  }

  static async open(url: string): Promise<Client> {
    const client = new Client(url);
    await once(client.socket, 'open');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  code(language: string, source: string): void {
    this.say({type: 'code', language, filename: 'ignored', source, compile_cmd: 'false', command: 'false'});
  }

  type(data: string): void {
    this.say({type: 'input', data});
  }

  async hears(text: string, type = 'stdout'): Promise<void> {
    await expect.poll(() => this.text(type), {timeout: 30_000, interval: 10}).toContain(text);
  }

  /** Everything of one type, one after the other. */
  text(type: string): string {
    return this.messages
      .filter((message) => message.type === type)
      .map(({data}) => data)
      .join('');
  }

  /** Types in order; repetitions of one count once. */
  get order(): unknown[] {
    return this.messages.map(({type}) => type).filter((type, index, all) => type !== all[index - 1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed.catch(() => undefined);
  }
}

const SLEEPY = 'import time\nprint("up")\ntime.sleep(600)';

/** Sleeps in two processes, one of which has left its parent's session and ignores hang-ups; both carry a name that the host can find. */
function sleepTwice(name: string): string {
  const child = 'import signal,time; signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep(600)';
  return [
    'import os, subprocess, sys',
    `subprocess.Popen([sys.executable, "-c", "${child}", "${name}"], start_new_session=True)`,
    'print("up")',
    `os.execv(sys.executable, ["python", "-c", "import time; time.sleep(600)", "${name}"])`,
  ].join('\n');
}

/** How many processes of this host were started with this word. */
async function countProcesses(name: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  // A process that has ended meanwhile has no command line.
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.split('\0').includes(name)).length;
}

const DIALOGUES = {
  C: '#include <stdio.h>\nint main(void) { char a[50], b[50]; printf("name? "); scanf("%49s", a); printf("age? "); scanf("%49s", b); printf("%s is %s\\n", a, b); return 3; }',
  Cpp: '#include <iostream>\nint main() { std::string a, b; std::cout << "name? "; std::cin >> a; std::cout << "age? "; std::cin >> b; std::cout << a << " is " << b << "\\n"; return 3; }',
  Java: 'import java.util.Scanner; public class Talk { public static void main(String[] x) { Scanner in = new Scanner(System.in); System.out.print("name? "); String a = in.next(); System.out.print("age? "); String b = in.next(); System.out.println(a + " is " + b); System.exit(3); } }',
  Go: 'package main\nimport ("fmt"; "os")\nfunc main() { var a, b string; fmt.Print("name? "); fmt.Scan(&a); fmt.Print("age? "); fmt.Scan(&b); fmt.Println(a, "is", b); os.Exit(3) }',
  Python3: 'import sys\na = input("name? ")\nb = input("age? ")\nprint(a, "is", b)\nsys.exit(3)',
  Javascript:
    'const io = require("node:readline").createInterface({input: process.stdin});\nconst heard = [];\nconsole.log("name? ");\nio.on("line", (line) => { heard.push(line); if (heard.length === 1) console.log("age? "); else { console.log(heard.join(" is ")); process.exit(3); } });',
};

describe('row 47: the door of system I', () => {
  let real: ServedEngine;
  let server: Awaited<ReturnType<ServedEngine['serve']>>;
  beforeAll(async () => {
    real = await ServedEngine.start();
    server = await real.serve({doors: 'system-i'});
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await real[Symbol.asyncDispose]();
  });

  const run = (path = '/run') => Client.open(`${server.url}${path}`);
  const noSandboxInUse = async (ms: number) =>
    await expect.poll(() => real.engine.poolStats.inUse, {timeout: ms, interval: 20}).toBe(0);

  it.each(Object.entries(DIALOGUES))(
    'holds a dialogue of two rounds in %s: verdict of the compiler, output and echo, end, close',
    async (language, source) => {
      await using client = await run();
      client.code(language, source);
      await client.hears('name? ');
      client.type('Ada\r');
      await client.hears('age? ');
      client.type('36\n');
      expect(await client.closed).toBe(1000);
      expect(client.text('stdout')).toContain('Ada is 36\n');
      expect(client.text('echo')).toBe('Ada36');
      expect(client.messages.at(-1)).toEqual({type: 'exit', return_code: 3, error: expect.any(String)});
      const isCompiled = !['Python3', 'Javascript'].includes(language);
      expect(client.order).toEqual([
        ...(isCompiled ? ['compile_success'] : []),
        ...['stdout', 'echo', 'stdout', 'echo', 'stdout', 'exit'],
      ]);
      if (isCompiled) expect(client.messages[0]).toEqual({type: 'compile_success', stdout: ''});
    },
  );

  it.each(['C', 'Cpp', 'Java', 'Go'])(
    'tells what the compiler of %s refuses, then closes',
    async (language) => {
      await using client = await run('/ws');
      client.code(language, 'this is no program');
      expect(await client.closed).toBe(1000);
      expect(client.messages).toEqual([{type: 'compile_error', stderr: expect.stringMatching(/\S/)}]);
    },
  );

  it('sends output while the program runs, keeps stderr apart and ends with an empty error', async () => {
    await using client = await run();
    client.code(
      'Python3',
      'import sys,time\nprint("out")\ntime.sleep(0.5)\nprint("err", file=sys.stderr)\ntime.sleep(0.5)',
    );
    await client.hears('out');
    expect(client.order).toEqual(['stdout']);
    await client.hears('err', 'stderr');
    expect(client.order).toEqual(['stdout', 'stderr']);
    await client.closed;
    expect(client.messages.at(-1)).toEqual({type: 'exit', return_code: 0, error: ''});
  });

  it('takes single keystrokes, rubs out, and holds a line back until Enter', async () => {
    await using client = await run();
    client.code('Python3', 'print(repr(input()))\nprint(repr(input()))');
    for (const key of ['h', 'o', '\x7f', 'i', '\r']) client.type(key);
    await client.hears("'hi'\n");
    client.type('grüße 😀\r\n');
    await client.closed;
    expect(client.text('stdout')).toBe("'hi'\n'grüße 😀'\n");
    expect(client.text('echo')).toBe('ho\b \bigrüße 😀');
  });

  it('interrupts at Ctrl-C and ends the input at Ctrl-D', async () => {
    await using client = await run();
    client.code(
      'Python3',
      'import sys,time\ntry: print("up"); time.sleep(600)\nexcept KeyboardInterrupt: print("interrupted")\nprint("rest", repr(sys.stdin.read()))',
    );
    await client.hears('up');
    client.type('\x03');
    await client.hears('interrupted');
    client.type('last\r\x04');
    await client.closed;
    expect(client.text('stdout')).toContain("rest 'last\\n'");
  });

  it('repeats what was typed ahead only after the verdict of the compiler', async () => {
    await using client = await run();
    client.code(
      'C',
      '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d", n + 1); return 0; }',
    );
    client.type('41\r');
    await client.closed;
    expect(client.order).toEqual(['compile_success', 'echo', 'stdout', 'exit']);
    expect(client.text('stdout')).toBe('42');
  });

  it('reports a program that a signal ended as 128 + n, in words besides', async () => {
    await using client = await run();
    client.code('Python3', 'import os\nos.kill(os.getpid(), 11)');
    await client.closed;
    expect(client.messages.at(-1)).toEqual({
      type: 'exit',
      return_code: 139,
      error: expect.stringContaining('SIGSEGV'),
    });
  });

  it('answers exit when every process of the run is gone', async () => {
    await using client = await run();
    client.code('Python3', sleepTwice('left-by-exit'));
    await expect.poll(() => countProcesses('left-by-exit')).toBe(2);
    const askedAtMs = performance.now();
    client.say({type: 'exit'});
    expect(await client.closed).toBe(1000);
    expect(performance.now() - askedAtMs).toBeLessThan(2000);
    expect(client.messages.at(-1)).toEqual({type: 'exit', data: 'Process exit'});
    expect(await countProcesses('left-by-exit')).toBe(0);
  });

  it.each([
    ['before there is a run', null],
    ['while it is compiled', 'C'],
  ])('answers exit %s', async (_, language) => {
    await using client = await run();
    if (language !== null) client.code(language, '#include <stdio.h>\nint main(void) { for (;;); }');
    client.say({type: 'exit'});
    expect(await client.closed).toBe(1000);
    expect(client.messages).toEqual([{type: 'exit', data: 'Process exit'}]);
    await noSandboxInUse(30_000);
  });

  it.each([
    ['closes', (socket: WebSocket) => socket.close()],
    ['vanishes', (socket: WebSocket) => socket.terminate()],
  ])('kills everything within a second when the client %s', async (_, leave) => {
    await using client = await run();
    client.code('Python3', sleepTwice('left-alone'));
    await expect.poll(() => countProcesses('left-alone')).toBe(2);
    leave(client.socket);
    await expect.poll(() => countProcesses('left-alone'), {timeout: 1000, interval: 20}).toBe(0);
  });

  it.each<[string, unknown[], string]>([
    ['no JSON', ['{'], 'JSON'],
    ['no object', ['42'], 'missing'],
    ['an unknown type', [{type: 'dance'}], '"dance"'],
    ['code without source', [{type: 'code', language: 'C'}], 'source'],
    [
      'input that is no text',
      [
        {type: 'code', language: 'Python3', source: SLEEPY},
        {type: 'input', data: 1},
      ],
      '/data',
    ],
    ['input before code', [{type: 'input', data: 'x'}], '"code"'],
    ['an unknown language', [{type: 'code', language: 'Klingon', source: 'x'}], 'Python3'],
    [
      'a second code message',
      [
        {type: 'code', language: 'Python3', source: SLEEPY},
        {type: 'code', language: 'Python3', source: SLEEPY},
      ],
      'second "code"',
    ],
  ])('answers %s with an error message before the close', async (_, messages, words) => {
    await using client = await run();
    for (const message of messages) client.say(message);
    expect(await client.closed).toBe(1008);
    expect(client.messages).toEqual([{type: 'error', error: expect.stringContaining(words)}]);
    await noSandboxInUse(30_000);
  });

  it('refuses the handshake with 503 and Retry-After: 3 when no place is free for 3 s, and takes one that becomes free', async () => {
    await using full = await real.serve({doors: 'system-i', 'live-max-sessions': '1'});
    const first = await Client.open(`${full.url}/ws`);
    await using refused = new Client(`${full.url}/ws`);
    const askedAtMs = performance.now();
    // `ws` hands over the answer only to who listens; nobody else then closes the connection.
    const [request, response] = await once(refused.socket, 'unexpected-response');
    expect(performance.now() - askedAtMs).toBeGreaterThan(2900);
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '3']);
    request.destroy();
    const waiting = Client.open(`${full.url}/ws`);
    await delay(100);
    first.socket.close();
    await using second = await waiting;
    second.code('Python3', 'print(1)');
    expect(await second.closed).toBe(1000);
  });

  it('closes a session in which nothing is said, with the reason', async () => {
    await using brief = await real.serve({doors: 'system-i', 'live-idle-timeout-ms': '300'});
    await using client = await Client.open(`${brief.url}/run`);
    client.code('Python3', SLEEPY);
    expect(await client.closed).toBe(1008);
    expect(client.messages.at(-1)).toEqual({type: 'error', error: expect.stringContaining('too long')});
    await noSandboxInUse(1000);
  });

  it('holds back a client that types without reading, and loses nothing', async () => {
    await using client = await run();
    client.code('Python3', 'import sys\nprint(sum(len(line) for line in sys.stdin))');
    client.socket.pause();
    const line = `${'x'.repeat(9_999)}\n`;
    for (let count = 0; count < 2000; count++) client.type(line);
    client.type('\x04');
    await delay(500);
    expect(client.socket.bufferedAmount).toBeGreaterThan(0);
    client.socket.resume();
    expect(await client.closed).toBe(1000);
    expect(client.text('stdout')).toBe('20000000\n');
    expect(client.text('echo').length).toBe(2000 * 9_999);
  });

  it('refuses pages of other origins before a socket opens', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/run`, {origin: 'https://evil.example'});
    await expect(once(socket, 'open')).rejects.toThrow('403');
  });

  it('tells why before the close when the server stops, also who still waits for a place', async () => {
    const stopping = await real.serve({
      doors: 'system-i',
      'live-max-sessions': '1',
      'shutdown-grace-ms': '0',
    });
    await using client = await Client.open(`${stopping.url}/run`);
    await using waiting = new Client(`${stopping.url}/run`);
    const refused = expect(once(waiting.socket, 'open')).rejects.toThrow('503');
    await delay(100);
    const stoppedAtMs = performance.now();
    await stopping[Symbol.asyncDispose]();
    await Promise.all([refused, client.closed]);
    expect(performance.now() - stoppedAtMs).toBeLessThan(2500);
    expect(client.messages).toEqual([{type: 'error', error: expect.stringContaining('stopping')}]);
  });

  it('says how the sandboxes are', async () => {
    const response = await fetch(`${server.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^ok idle=\d+ busy=\d+ provisioning=\d+$/);
  });

  it('is closed unless it is switched on', async () => {
    await using plain = await real.serve({});
    await expect(Client.open(`${plain.url}/run`)).rejects.toThrow('404');
    expect(await (await fetch(`${plain.url}/healthz`)).json()).toEqual({status: 'alive'});
  });
});

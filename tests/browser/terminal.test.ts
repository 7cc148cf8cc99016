import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage, type PageOptions} from './support/open-page.ts';

/** All that is hostile in a few lines: title, clipboard, link, colours of the page, a bell, markup. */
const ESCAPE_BOMB = String.raw`
import sys
out = sys.stdout
out.write("\x1b]0;owned\x07\x1b]2;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]11;#ff0000\x07")
out.write("\x1b]8;;http://127.0.0.2/\x07click me\x1b]8;;\x07 \x1b[38;2;10;200;30mtrue colour\x1b[0m")
out.write("\x1bP+q544e\x1b\\\x1b[8;1;1t\x1b[?1049h\x1b[?1049l<img src=x onerror=alert(1)>\x07\n")
print("still here")
`;

describe.skipIf(!hasBrowser)('the terminal of the playground', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const open = (options: Omit<PageOptions, 'url'> = {}) => OpenPage.open({url: server.url, ...options});

  test('talks to a program and shows its exit code', async () => {
    await using view = await open();
    await view.write('name = input("Your name? ")\nprint(f"Hello, {name}!")\nraise SystemExit(7)\n');
    await view.run();
    await view.seeInTerminal('Your name?');
    await view.page.keyboard.type('Ada');
    await view.screenshot('terminal-asking');
    await view.page.keyboard.press('Enter');
    await view.seeInTerminal('Hello, Ada!');
    expect(await view.result()).toMatch(/Exit code\s*7/);
    await view.screenshot('terminal-answered');
    expect(view.faults).toEqual([]);
  });

  test('starts every run with an empty screen', async () => {
    await using view = await open();
    await view.write('print("first")\n');
    await view.run();
    await view.seeInTerminal('first');
    await view.result();
    await view.write('print("second")\n');
    await view.run();
    await view.seeInTerminal('second');
    expect(await view.terminalText()).not.toContain('first');
    expect(view.faults).toEqual([]);
  });

  test('is a real terminal of the size that is shown, and Ctrl-C interrupts', async () => {
    await using view = await open();
    await view.write(
      'import os, sys, time\nprint(sys.stdin.isatty(), os.get_terminal_size().columns > 40)\ntime.sleep(60)\n',
    );
    await view.run();
    await view.seeInTerminal('True True');
    await view.page.keyboard.press('Control+c');
    await view.seeInTerminal('KeyboardInterrupt');
    await view.result();
    expect(view.faults).toEqual([]);
  });

  test('stops an endless program by the button and by Shift and Escape', async () => {
    await using view = await open();
    await view.write('print("endless", flush=True)\nwhile True: pass\n');
    await view.run();
    await view.seeInTerminal('endless');
    await view.page.getByRole('button', {name: 'Stop'}).click();
    expect(await view.result()).toContain('Stopped');
    await view.run();
    await view.page.locator('footer[data-session=active]').waitFor();
    await view.seeInTerminal('endless');
    await view.page.keyboard.press('Shift+Escape');
    expect(await view.result()).toContain('Stopped');
    expect(view.faults).toEqual([]);
  });

  test('lets escape sequences change nothing but the terminal', async () => {
    await using view = await open({colorScheme: 'dark'});
    await view.write(ESCAPE_BOMB);
    await view.run();
    await view.seeInTerminal('still here');
    expect(await view.result()).toContain('Finished');
    expect(await view.page.title()).toBe('Sandglass');
    expect(await view.page.locator('.xterm a, .xterm img').count()).toBe(0);
    await view.screenshot('escape-sequences');
    expect(view.faults).toEqual([]);
  });

  test('says that the connection is lost, and when the server answers again', async () => {
    await using view = await open();
    await view.write('print("waiting", flush=True)\ninput()\n');
    await view.run();
    await view.seeInTerminal('waiting');
    // The last test here, because it ends the server that all of them share.
    await server.end('SIGKILL');
    expect(await view.result()).toContain('Connection lost');
    await view.page.getByText('Reconnecting').waitFor();
    await using again = await ServerProcess.start({
      dataDir: server.dataDir,
      env: {SANDGLASS_PORT: new URL(server.url).port},
    });
    await view.page.getByText('Connected again.').waitFor();
    expect(again.url).toBe(server.url);
    await view.run();
    await view.seeInTerminal('waiting');
    await view.page.keyboard.press('Enter');
    expect(await view.result()).toContain('Finished');
  });
});

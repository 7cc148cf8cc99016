import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage, type PageOptions} from './support/open-page.ts';

const PNG_PROGRAM = `
import zlib, struct
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
rows = b"".join(b"\\0" + bytes(v for x in range(64) for v in (4 * x, 4 * y, 128)) for y in range(64))
with open("square.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
`;

describe.skipIf(!hasBrowser)('row 49: the playground in a browser', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const open = (options: Omit<PageOptions, 'url'> = {}) => OpenPage.open({url: server.url, ...options});

  test('gives input prepared beforehand and shows both streams, the exit code and the time', async () => {
    await using view = await open();
    await view.page.getByLabel('Language').selectOption('python');
    await view.write('import sys\nprint("got", input())\nprint("careful", file=sys.stderr)\nsys.exit(3)\n');
    await view.choose('Input');
    await view.page.getByLabel('Input', {exact: true}).fill('forty-two\n');
    await view.run();
    expect(await view.result()).toMatch(/Runtime error[\s\S]*Exit code\s*3[\s\S]*Time\s*\d/);
    expect(await view.page.getByLabel('Output', {exact: true}).innerText()).toContain('got forty-two');
    expect(await view.page.getByLabel('Errors (stderr)').innerText()).toContain('careful');
    await view.screenshot('input');
    expect(view.faults).toEqual([]);
  });

  test('runs again with the second output in place of the first', async () => {
    await using view = await open();
    await view.choose('Input');
    await view.write('print("first")\n');
    await view.run();
    await view.page.getByLabel('Output', {exact: true}).getByText('first').waitFor();
    await view.result();
    await view.write('print("second")\n');
    await view.run();
    await view.page.getByLabel('Output', {exact: true}).getByText('second').waitFor();
    expect(await view.page.getByLabel('Output', {exact: true}).innerText()).not.toContain('first');
    expect(view.faults).toEqual([]);
  });

  test('stops a program that never ends', async () => {
    await using view = await open();
    await view.choose('Input');
    await view.write('print("endless", flush=True)\nwhile True: pass\n');
    await view.run();
    await view.page.getByLabel('Output', {exact: true}).getByText('endless').waitFor();
    await view.page.getByRole('button', {name: 'Stop'}).click();
    expect(await view.result()).toContain('Stopped');
    expect(view.faults).toEqual([]);
  });

  test('marks a compile error in its line and shows what the compiler said', async () => {
    await using view = await open({colorScheme: 'dark'});
    await view.page.getByLabel('Language').selectOption('c');
    await view.write('int main(void) {\n  return nothing;\n}\n');
    await view.choose('Input');
    await view.run();
    expect(await view.result()).toContain('Does not compile');
    const marked = view.page.locator('.cm-lintRange-error');
    expect(await marked.first().innerText()).toBe('nothing');
    await view.page.locator('.cm-lint-marker-error').first().hover();
    await view.page.locator('.cm-diagnostic', {hasText: '‘nothing’ undeclared'}).waitFor();
    await view.screenshot('compile-error');
    expect(view.faults).toEqual([]);
  });

  test('keeps several files in tabs and runs them together', async () => {
    await using view = await open();
    await view.page.getByRole('button', {name: 'Add a file'}).click();
    await view.page.getByLabel('File name').fill('greeting.py');
    await view.page.keyboard.press('Enter');
    await view.write('WORDS = "from another file"\n');
    await view.page.getByRole('tab', {name: 'main.py'}).click();
    await view.write('from greeting import WORDS\nprint(WORDS)\n');
    await view.choose('Input');
    await view.run();
    expect(await view.result()).toContain('Finished');
    expect(await view.page.getByLabel('Output', {exact: true}).innerText()).toContain('from another file');
    await view.page.getByRole('tab', {name: 'greeting.py'}).click();
    await view.page.getByRole('button', {name: 'Delete greeting.py'}).click();
    expect(await view.page.getByRole('tab').count()).toBe(1);
    expect(view.faults).toEqual([]);
  });

  test('shows a picture that the program wrote', async () => {
    await using view = await open();
    await view.choose('Input');
    await view.write(PNG_PROGRAM);
    await view.run();
    expect(await view.result()).toContain('Finished');
    const picture = view.page.getByAltText('square.png, made by the program');
    expect(
      await picture.evaluate(async (image) => {
        await image.decode();
        return image.naturalWidth;
      }),
    ).toBe(64);
    expect(view.faults).toEqual([]);
  });

  test('never reads output as HTML', async () => {
    await using view = await open();
    await view.choose('Input');
    await view.write('print("<img src=x onerror=alert(1)><script>document.title = 1</script>")\n');
    await view.run();
    await view.result();
    expect(await view.page.getByLabel('Output', {exact: true}).innerText()).toContain('<script>');
    expect(await view.page.locator('pre img, pre script').count()).toBe(0);
    expect(await view.page.title()).toBe('Sandglass');
    expect(view.faults).toEqual([]);
  });

  test('opens a shared link in another browser, with code, files and input', async () => {
    await using view = await open();
    await view.write('print("shared", input())\n');
    await view.choose('Input');
    await view.page.getByLabel('Input', {exact: true}).fill('by link');
    await view.page.keyboard.press('Control+s');
    await view.page.waitForURL(/#code=/);
    const link = view.page.url();
    await view.write('print("newer")\n');
    await view.page.reload();
    expect(await view.page.locator('.cm-content').innerText()).toContain('newer');
    await using other = await OpenPage.open({url: link});
    expect(await other.page.locator('.cm-content').innerText()).toContain('print("shared", input())');
    await other.run();
    await other.result();
    expect(await other.page.getByLabel('Output', {exact: true}).innerText()).toContain('shared by link');
    expect([...view.faults, ...other.faults]).toEqual([]);
  });

  test('brings an earlier run back with one click', async () => {
    await using view = await open();
    await view.choose('Input');
    await view.write('print("long ago")\n');
    await view.run();
    await view.result();
    await view.write('print("today")\n');
    await view.page.getByRole('button', {name: 'History'}).click();
    await view.screenshot('history');
    await view.page
      .getByRole('dialog')
      .getByRole('button', {name: /long ago/})
      .click();
    expect(await view.page.locator('.cm-content').innerText()).toContain('long ago');
    await view.page.getByLabel('Output', {exact: true}).getByText('long ago').waitFor();
    expect(view.faults).toEqual([]);
  });

  test('fits a phone and needs no scrolling to the side', async () => {
    await using view = await open({width: 390, height: 844});
    await view.choose('Input');
    await view.write('print("small")\n');
    await view.run();
    expect(await view.result()).toContain('Finished');
    expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await view.screenshot('phone');
    expect(view.faults).toEqual([]);
  });

  test('plots what the server does', async () => {
    await using view = await open();
    await view.page.getByRole('link', {name: 'Status'}).click();
    await view.page.getByText('Answers', {exact: true}).waitFor();
    await view.page.getByRole('img', {name: /Runs per second/}).waitFor();
    expect(await view.page.getByText('Runs since the start').isVisible()).toBe(true);
    await view.screenshot('status');
    expect(view.faults).toEqual([]);
  });
});

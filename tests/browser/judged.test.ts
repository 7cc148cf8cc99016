import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage} from './support/open-page.ts';

describe.skipIf(!hasBrowser)('the tests panel of the playground', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('shows each verdict, and of a failed test what is missing and what is too much', async () => {
    await using view = await OpenPage.open({url: server.url, height: 1000});
    const {page} = view;
    await view.write('a, b = map(int, input().split())\nprint("sum")\nprint(a + b if a != 40 else 41)\n');
    await view.choose('Tests');
    await page.getByRole('button', {name: 'Add a test'}).click();
    for (const [index, [stdin, expected]] of [
      ['1 2', 'sum\n3'],
      ['40 2', 'sum\n42'],
    ].entries()) {
      await page.getByLabel('Input').nth(index).fill(`${stdin}`);
      await page.getByLabel('Expected output').nth(index).fill(`${expected}`);
    }
    await view.run();
    expect(await view.result()).toMatch(/Wrong answer[\s\S]*1 of 2/);
    await page.getByText('1 of 2 passed').waitFor();
    await page.locator('li[data-outcome=ok]').getByText('Passed').waitFor();
    const failed = page.locator('li[data-outcome=wrong-answer]');
    expect(await failed.getByRole('figure').innerText()).toMatch(/sum[\s\S]*42[\s\S]*41/);
    await view.screenshot('tests');
    expect(view.faults).toEqual([]);
  });
});

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage} from './support/open-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly {readonly html: string; readonly failureSummary: string}[];
}

/** What axe finds against WCAG 2.2 A and AA: roles, names, focus order, contrast. */
async function violations({page}: OpenPage): Promise<string[]> {
  // Through the debugger, which the page's policy does not concern.
  await page.evaluate(AXE);
  const options = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}";
  const results = await page.evaluate<{passes: readonly unknown[]; violations: readonly Violation[]}>(
    `axe.run(document, ${options})`,
  );
  // Rules that looked at nothing would find nothing.
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.flatMap(({id, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`),
  );
}

describe.skipIf(!hasBrowser)('accessibility of the playground', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(['light', 'dark'] as const)('has no fault that axe finds, in %s colours', async (colorScheme) => {
    await using view = await OpenPage.open({url: server.url, colorScheme});
    expect(await violations(view)).toEqual([]);
    await view.write('import sys\nprint("out")\nprint("err", file=sys.stderr)\nsys.exit(1)\n');
    await view.choose('Input');
    await view.run();
    await view.result();
    expect(await violations(view)).toEqual([]);
    await view.choose('Tests');
    await view.page.getByRole('button', {name: 'Options'}).click();
    expect(await violations(view)).toEqual([]);
    await view.page.keyboard.press('Escape');
    await view.page.keyboard.press('F1');
    expect(await violations(view)).toEqual([]);
    await view.page.keyboard.press('Escape');
    await view.page.getByRole('link', {name: 'Status'}).click();
    await view.page.getByText('Answers', {exact: true}).waitFor();
    expect(await violations(view)).toEqual([]);
  });

  test('can be used with the keyboard alone', async () => {
    await using view = await OpenPage.open({url: server.url});
    const {page} = view;
    await view.write('print("by keyboard")\n');
    await page.keyboard.press('Control+Enter');
    expect(await view.result()).toContain('Finished');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.locator('.cm-content').evaluate((content) => content.matches(':focus'))).toBe(false);
    await page.keyboard.press('F1');
    await page.getByRole('dialog', {name: 'Help'}).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', {name: 'Help'}).waitFor({state: 'hidden'});
  });
});

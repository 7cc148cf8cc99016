import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage} from './support/open-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'correct horse battery';

interface Violation {
  readonly id: string;
  readonly nodes: readonly {readonly html: string; readonly failureSummary: string}[];
}

/** What axe finds against WCAG 2.2 A and AA. */
async function violations({page}: OpenPage): Promise<string[]> {
  await page.evaluate(AXE);
  const options = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}";
  const {violations: found} = await page.evaluate<{violations: readonly Violation[]}>(
    `axe.run(document, ${options})`,
  );
  return found.flatMap(({id, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`),
  );
}

async function signUp({page}: OpenPage, username: string, name = username): Promise<void> {
  await page.getByRole('link', {name: 'Sign in'}).click();
  await page.getByRole('link', {name: 'Make an account'}).click();
  // The page for signing in has fields of these names as well.
  await page.getByRole('heading', {name: 'Make an account'}).waitFor();
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Name (optional)').fill(name);
  await page.getByRole('button', {name: 'Make the account'}).click();
  await page.getByRole('heading', {name: 'Projects'}).waitFor();
}

/** The editor of the page that is shown; the playground stays hidden behind it. */
const editor = ({page}: OpenPage) => page.locator('.cm-content:visible');

async function write(view: OpenPage, code: string): Promise<void> {
  await editor(view).click();
  await view.page.keyboard.press('Control+a');
  await view.page.keyboard.insertText(code);
}

async function run({page}: OpenPage): Promise<void> {
  await page.locator('button:visible', {hasText: /^Run$/}).click();
  await page.locator('footer[data-session=finished]:visible').waitFor();
}

describe.skipIf(!hasBrowser)('accounts and projects in a browser', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({
      env: {SANDGLASS_ACCOUNTS_MODE: 'open', SANDGLASS_ACCOUNTS_VISITORS: 'true'},
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('somebody who is signed out can run programs where that is allowed', async () => {
    await using view = await OpenPage.open({url: server.url});
    await view.choose('Input');
    await view.write('print("signed out")\n');
    await view.run();
    await view.page.getByLabel('Output', {exact: true}).getByText('signed out').waitFor();
    expect(view.faults).toEqual([]);
  });

  test('signing up, a project from a template, editing, running, sharing, forking', async () => {
    await using view = await OpenPage.open({url: server.url});
    await signUp(view, 'ada', '<b>Ada</b> \u202EL');
    expect(await view.page.getByTitle('Account').filter({visible: true}).innerText()).toContain('<b>Ada</b>');
    await view.page.getByRole('button', {name: 'New project'}).click();
    await view.page.getByRole('dialog').getByLabel('Name').fill('Browser project');
    await view.page.getByRole('button', {name: 'Make the project'}).click();
    await editor(view).waitFor();
    await view.page.getByText('Saved', {exact: true}).waitFor();
    await write(view, 'print("from the project")\n');
    await view.page.locator('button:visible', {hasText: 'Input'}).click();
    await run(view);
    await view.page.locator('section:visible').getByText('from the project').last().waitFor();
    await view.page.getByText('Saved', {exact: true}).waitFor();
    await view.screenshot('project');
    expect(await violations(view)).toEqual([]);

    await view.page.getByRole('button', {name: 'History'}).last().click();
    await view.page.getByRole('button', {name: 'Output'}).first().click();
    await view.page.getByRole('dialog').getByText('from the project').waitFor();
    await view.page.keyboard.press('Escape');

    await view.page.getByRole('button', {name: 'Share'}).last().click();
    await view.page.getByLabel('Whoever has the link may look').click();
    const address = await view.page.getByLabel('Address to give away').innerText();
    await view.screenshot('sharing');
    expect(await violations(view)).toEqual([]);

    await using other = await OpenPage.open({url: server.url});
    await signUp(other, 'bob');
    await other.page.goto(address);
    await other.page.getByRole('heading', {name: 'Browser project'}).waitFor();
    await other.page.getByText('You may look and run.').waitFor();
    expect(await editor(other).innerText()).toContain('from the project');
    await other.page.getByRole('button', {name: 'Fork'}).click();
    await other.page.getByText('Saved', {exact: true}).waitFor();
    await write(other, 'print("my own copy")\n');
    await other.page.getByText('Not saved yet').waitFor();
    await other.page.getByText('Saved', {exact: true}).waitFor();
    await view.page.reload();
    await editor(view).waitFor();
    expect(await editor(view).innerText()).toContain('from the project');
    expect([...view.faults, ...other.faults]).toEqual([]);
  });

  test('two tabs that save are told of each other, and nothing is lost', async () => {
    await using one = await OpenPage.open({url: server.url});
    await signUp(one, 'carol');
    await one.page.getByRole('button', {name: 'New project'}).click();
    await one.page.getByRole('button', {name: 'Make the project'}).click();
    await editor(one).waitFor();
    const two = await one.page.context().newPage();
    await two.goto(one.page.url());
    await two.locator('.cm-content:visible').waitFor();
    await write(one, 'print("tab one")\n');
    await one.page.getByText('Saved', {exact: true}).waitFor();
    await two.locator('.cm-content:visible').click();
    await two.keyboard.insertText('# tab two\n');
    await two.getByText('Somebody else has changed the project').waitFor();
    await two.getByRole('button', {name: 'Show what was saved'}).click();
    await two.locator('.cm-content:visible', {hasText: 'tab one'}).waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'keys, usage, account and sign-in are without fault, in %s colours',
    async (colorScheme) => {
      await using view = await OpenPage.open({url: server.url, colorScheme});
      await view.page.getByRole('link', {name: 'Sign in'}).click();
      await view.page.getByLabel('User name or e-mail').waitFor();
      expect(await violations(view)).toEqual([]);
      await signUpOrIn(view, `dave-${colorScheme}`);
      expect(await violations(view)).toEqual([]);
      await view.page.getByRole('link', {name: 'Keys'}).click();
      await view.page.getByRole('button', {name: 'New key'}).click();
      await view.page.getByRole('dialog').getByLabel('Name').fill('ci');
      await view.page.getByRole('dialog').getByLabel('Memory (MiB)').fill('128');
      expect(await violations(view)).toEqual([]);
      await view.page.getByRole('button', {name: 'Make the key'}).click();
      const token = await view.page.getByRole('dialog').locator('output').innerText();
      expect(token).toMatch(/^sgk_/);
      const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
      const body = JSON.stringify({language: 'python', code: 'print(1)'});
      const response = await fetch(`${server.url}/v1/runs?wait=true`, {method: 'POST', headers, body});
      expect(await response.json()).toMatchObject({outcome: 'ok'});
      const tooMuch = {language: 'python', code: 'print(1)', limits: {memoryBytes: 256 * 1024 * 1024}};
      const refused = {method: 'POST', headers, body: JSON.stringify(tooMuch)};
      expect((await fetch(`${server.url}/v1/runs`, refused)).status).toBe(422);
      await view.page.keyboard.press('Escape');
      await view.page.getByText('128 MiB memory').waitFor();
      await view.screenshot(`keys-${colorScheme}`);
      expect(await violations(view)).toEqual([]);
      await view.page.getByRole('link', {name: 'Usage'}).click();
      await view.page.getByRole('cell', {name: 'ci'}).waitFor();
      await view.screenshot(`usage-${colorScheme}`);
      expect(await violations(view)).toEqual([]);
      await view.page.getByTitle('Account').filter({visible: true}).click();
      await view.page.getByText('this one').waitFor();
      expect(await violations(view)).toEqual([]);
      await view.page.getByRole('button', {name: 'Sign out'}).click();
      await view.page.getByRole('link', {name: 'Sign in'}).waitFor();
      expect(view.faults).toEqual([]);
    },
  );

  test('the administrator sees users and the audit log', async () => {
    await using view = await OpenPage.open({url: server.url});
    await view.page.getByRole('link', {name: 'Sign in'}).click();
    await view.page.getByLabel('User name or e-mail').fill('ada');
    await view.page.getByLabel('Password').fill(PASSWORD);
    await view.page.getByRole('button', {name: 'Sign in'}).click();
    await view.page.getByText('Browser project').waitFor();
    await view.screenshot('projects');
    expect(await violations(view)).toEqual([]);
    await view.page.getByRole('link', {name: 'Admin'}).click();
    await view.page.getByRole('cell', {name: 'bob'}).first().waitFor();
    await view.page.getByText('project.share').first().waitFor();
    await view.screenshot('admin');
    expect(await violations(view)).toEqual([]);
    await view.page.getByRole('button', {name: 'Invite somebody'}).click();
    await view.page.getByRole('dialog').getByText('/#/sign-up/').waitFor();
    expect(view.faults).toEqual([]);
  });
});

async function signUpOrIn(view: OpenPage, username: string): Promise<void> {
  await view.page.goto(view.page.url().replace(/#.*/, '#/'));
  await signUp(view, username);
}

import {readFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {ServerProcess} from '../e2e/support/server-process.ts';
import {hasBrowser, OpenPage} from './support/open-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'correct horse battery';
const SECRET = '7777777';

/** Looks for the hidden answer wherever a program can read, and else answers wrongly. */
const SPY = `import os, sys
found = ''
for place in ['/', '/tmp', os.getcwd(), '/proc/1', '/proc/self', '/proc']:
    for folder, _, names in os.walk(place, onerror=lambda error: None):
        if folder.startswith(('/usr', '/sys', '/proc/sys')) or folder.count('/') > 4: continue
        for name in names:
            try:
                with open(os.path.join(folder, name), 'rb') as file:
                    if b'${SECRET}' in file.read(65536) and not name.endswith('.py'): found = name
            except OSError: pass
print('${SECRET}' if found else 'nothing found')
`;
const RIGHT = 'a, b = map(int, input().split())\nprint(a + b)\n';

/** What axe finds against WCAG 2.2 A and AA. */
async function violations({page}: OpenPage): Promise<string[]> {
  await page.evaluate(AXE);
  const options = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}";
  const {violations: found} = await page.evaluate<{
    violations: readonly {id: string; nodes: {html: string}[]}[];
  }>(`axe.run(document, ${options})`);
  return found.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
}

async function signUp({page}: OpenPage, username: string, name: string): Promise<void> {
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

async function write({page}: OpenPage, code: string): Promise<void> {
  await page.locator('.cm-content:visible').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(code);
  await page.getByText('Saved', {exact: true}).waitFor({state: 'hidden'});
  await page.getByText('Saved', {exact: true}).waitFor();
}

describe.skipIf(!hasBrowser)('a class in a browser', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start({env: {SANDGLASS_ACCOUNTS_MODE: 'open'}});
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  let tries = 0;
  test('a teacher gives an assignment, a student hands in wrong and right, the grade reaches a spreadsheet', async () => {
    await using teacher = await OpenPage.open({url: server.url});
    tries += 1;
    await signUp(teacher, `teacher${tries}`, 'Ms Lovelace');
    await teacher.page.getByRole('link', {name: 'Groups'}).click();
    await teacher.page.getByRole('button', {name: 'New group'}).click();
    await teacher.page.getByRole('dialog').getByLabel('Name').fill('Class <i>8b</i>');
    await teacher.page.getByRole('button', {name: 'Make the group'}).click();
    await teacher.page.getByRole('heading', {name: 'Class <i>8b</i>'}).waitFor();
    const invitation = await teacher.page.getByText('/#/groups/join/').innerText();

    await teacher.page.getByRole('button', {name: 'New assignment'}).click();
    const form = teacher.page.getByRole('dialog');
    await form.getByLabel('Title').fill('Sums');
    await form.getByLabel('What to do').fill('Read two numbers and print their sum.');
    await form.getByLabel('Input of test 1').fill('1 2');
    await form.getByLabel('Expected output of test 1').fill('3');
    await form.getByRole('button', {name: 'Add a test'}).click();
    await form.getByLabel('Name of test 2').fill('large ones');
    await form.getByLabel('Input of test 2').fill('7000000 777777');
    await form.getByLabel('Expected output of test 2').fill(SECRET);
    await form.getByLabel('Points of test 2').fill('4');
    await form.getByLabel('Students are told').selectOption('tests');
    expect(await violations(teacher)).toEqual([]);
    await form.getByRole('button', {name: 'Give the assignment'}).click();
    await teacher.page.getByRole('heading', {name: 'Sums'}).waitFor();

    await using student = await OpenPage.open({url: server.url});
    await signUp(student, `student${tries}`, '=1+1 <b>Bob</b> \u202Ebob');
    await student.page.goto(invitation.slice(invitation.indexOf('http')));
    await student.page.getByRole('button', {name: 'Join', exact: true}).click();
    await student.page.getByRole('link', {name: 'Sums'}).click();
    await student.page.getByText('Read two numbers').waitFor();
    const assignment = student.page.url();
    await student.page.getByRole('button', {name: 'Start'}).click();
    await student.page.locator('.cm-content:visible').waitFor();

    await write(student, SPY);
    await student.page.goto(assignment);
    await student.page.getByRole('button', {name: 'Hand in'}).click();
    await student.page.getByText('0 / 5').waitFor();
    await student.page.getByRole('link', {name: 'Open my project'}).click();
    await write(student, RIGHT);
    await student.page.locator('button:visible', {hasText: 'Input'}).click();
    await student.page.getByPlaceholder('What the program reads').filter({visible: true}).fill('20 22');
    await student.page.locator('button:visible', {hasText: /^Run$/}).click();
    await student.page.locator('section:visible').getByText('42').last().waitFor();
    await student.page.goto(assignment);
    await student.page.getByRole('button', {name: 'Hand in'}).click();
    await student.page.getByText('5 / 5').waitFor();
    await student.page.getByRole('button', {name: 'Look'}).first().click();
    await student.page.getByRole('dialog').getByText('4 / 4').waitFor();
    expect(await student.page.getByRole('dialog').innerText()).not.toContain('large ones');
    await student.screenshot('assignment');
    expect(await violations(student)).toEqual([]);

    await teacher.page.getByRole('link', {name: 'To the group'}).click();
    await teacher.page.getByText('2 attempts').waitFor();
    expect(await teacher.page.getByRole('rowheader').innerText()).toContain('<b>Bob</b>');
    await teacher.screenshot('grades');
    expect(await violations(teacher)).toEqual([]);
    await teacher.page.getByRole('button', {name: '5 / 5'}).click();
    await teacher.page.getByRole('dialog').getByText('large ones').waitFor();
    await teacher.page.getByRole('dialog').getByText('print(a + b)').waitFor();
    await teacher.page.keyboard.press('Escape');
    const download = teacher.page.waitForEvent('download');
    await teacher.page.getByRole('link', {name: 'Download as CSV'}).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('grades-Class-i-8b-i-.csv');
    const [, row] = (await readFile(await file.path(), 'utf8')).split('\r\n');
    expect(row).toMatch(/^student\d,'=1\+1 <b>Bob<\/b> \u202Ebob,5,5,2,\d{4}-/);
    expect([...teacher.faults, ...student.faults]).toEqual([]);
  });
});

import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {type Browser, chromium, type Page} from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const SCREENSHOTS = fileURLToPath(new URL('../../../test-output/screenshots', import.meta.url));

/** False where Chromium could not be installed; the set-up has said so. */
export const hasBrowser = existsSync(CHROMIUM);

/** As root there is no sandbox for Chromium itself, and it must ask no other host for anything. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface PageOptions {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** The page in a browser of its own, with everything noted that must not happen on it. Owns the browser. */
export class OpenPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors of the page and requests to other hosts, in words. Tests expect none. */
  readonly faults: string[];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page, faults: string[]) {
    this.#browser = browser;
    this.page = page;
    this.faults = faults;
  }

  static async open({
    url,
    width = 1280,
    height = 800,
    colorScheme = 'light',
  }: PageOptions): Promise<OpenPage> {
    const browser = await chromium.launch({executablePath: CHROMIUM, args: ARGUMENTS});
    const context = await browser.newContext({viewport: {width, height}, colorScheme});
    const page = await context.newPage();
    const faults = watch(page, new URL(url).host);
    await page.goto(url);
    await page.locator('.cm-content').waitFor();
    return new OpenPage(browser, page, faults);
  }

  /** Replaces the code in the editor. */
  async write(code: string): Promise<void> {
    await this.page.locator('.cm-content').click();
    await this.page.keyboard.press('Control+a');
    // Typed text would be completed by the editor (brackets, indentation); inserted text stays as it is.
    await this.page.keyboard.insertText(code);
  }

  async choose(mode: 'Terminal' | 'Input' | 'Tests'): Promise<void> {
    await this.page.getByRole('button', {name: mode, exact: true}).click();
  }

  /** Starts the program. */
  async run(): Promise<void> {
    await this.page.getByRole('button', {name: /^Run/}).click();
  }

  /** Waits until the run has ended, and gives the words about how. */
  async result(): Promise<string> {
    const bar = this.page.locator('footer[data-session=finished], footer[data-session=failed]');
    await bar.waitFor();
    return await bar.innerText();
  }

  /** What the terminal shows. */
  async terminalText(): Promise<string> {
    return await this.page.locator('.xterm-rows').innerText();
  }

  /** Waits until the terminal shows the text. */
  async seeInTerminal(text: string): Promise<void> {
    await this.page.locator('.xterm-rows', {hasText: text}).waitFor();
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(SCREENSHOTS, {recursive: true});
    await this.page.screenshot({path: `${SCREENSHOTS}/${name}.png`});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

function watch(page: Page, host: string): string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== host) faults.push(`foreign request: ${url.href}`);
  });
  return faults;
}

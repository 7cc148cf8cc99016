/**
 * `npm run bench`: what this machine does by hand, through Sandglass and through its peers, in one run, side by side. See `--help`.
 */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {describeMachine} from './machine.ts';
import {measure} from './measure.ts';
import {HELP, parseBenchOptions} from './options.ts';
import {htmlReport} from './report/html-report.ts';
import {markdownReport} from './report/markdown-report.ts';
import {textReport} from './report/text-report.ts';
import {workloads} from './workloads.ts';

const OUTPUT_DIR = join(import.meta.dirname, '../test-output');
const EXIT_USAGE = 64;

const args = process.argv.slice(2);
const parsed = parseBenchOptions(args);
switch (parsed.kind) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'wrong':
    process.stderr.write(`${parsed.message}\n`);
    process.exitCode = EXIT_USAGE;
    break;
  case 'run': {
    const {options} = parsed;
    const folder = await mkdtemp(join(tmpdir(), 'sandglass-bench-'));
    try {
      const report = {
        measuredAt: new Date().toISOString(),
        machine: describeMachine(),
        command: ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' '),
        ...(await measure(options, folder)),
      };
      const titles = new Map(workloads(process.execPath).map(({id, title}) => [id as string, title]));
      await save(options.jsonFile ?? join(OUTPUT_DIR, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
      await save(options.htmlFile ?? join(OUTPUT_DIR, 'bench.html'), htmlReport(report, titles));
      process.stdout.write(options.isMarkdown ? markdownReport(report) : textReport(report));
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
    break;
  }
  default:
    parsed satisfies never;
}

async function save(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text);
}

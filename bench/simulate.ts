/**
 * `node bench/simulate.ts`: how long runs wait in installations that are not here, by simulation, and with `--check` how far that is from a
 * real one. See `--help`.
 */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describeMachine, machineLine} from './machine.ts';
import {markdownTable} from './report/markdown-report.ts';
import type {Table} from './report/table.ts';
import {textTable} from './report/text-report.ts';
import {planCells} from './simulate/cells.ts';
import {checkAgainstReality} from './simulate/check.ts';
import {readMeasuredTimes} from './simulate/measured-times.ts';
import {HELP, parseSimulateOptions, type SimulateOptions} from './simulate/options.ts';
import {predict} from './simulate/predict.ts';
import {cellTable, checkTable, predictionTable, timesTable} from './simulate/tables.ts';
import {workloads} from './workloads.ts';

const EXIT_USAGE = 64;
const CELL_LOAD = 0.6;

const parsed = parseSimulateOptions(process.argv.slice(2));
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
    const {figures, tables} = options.isCheck ? await check(options) : await predictAll(options);
    const machine = describeMachine();
    if (options.jsonFile !== null)
      await writeFile(options.jsonFile, `${JSON.stringify({machine, ...figures}, null, 2)}\n`);
    const print = options.isMarkdown ? markdownTable : textTable;
    process.stdout.write(`${machineLine(machine)}\n${tables.flatMap(print).join('\n')}\n`);
    break;
  }
  default:
    parsed satisfies never;
}

interface Outcome {
  readonly figures: object;
  readonly tables: readonly Table[];
}

async function predictAll(options: SimulateOptions): Promise<Outcome> {
  const times = await readMeasuredTimes(options.timesFile, options.broker.name);
  const predictions = options.workers.flatMap((workers) =>
    options.loads.flatMap((load) =>
      options.scenarios.map((scenario) => {
        say(`${workers} workers at ${load}, ${scenario}`);
        return predict(times, {...options, workers, load, scenario});
      }),
    ),
  );
  const bounds = {databaseCores: options.databaseCores, workerCores: options.cores, load: CELL_LOAD};
  const cells = planCells(times, options.target, bounds);
  const {workers} = cells.perCell;
  say(`a cell of ${workers} workers`);
  const cell = options.scenarios.map((scenario) =>
    predict(times, {...options, workers, load: CELL_LOAD, scenario}),
  );
  return {
    figures: {times, predictions, cells, cell},
    tables: [
      timesTable(times),
      predictionTable(predictions),
      cellTable(cells),
      {...predictionTable(cell), title: 'Predicted in each cell, in ms'},
    ],
  };
}

async function check(options: SimulateOptions): Promise<Outcome> {
  const workload = workloads(process.execPath).find(({id}) => id === 'c');
  if (workload === undefined) throw new Error('There is no C program to measure with.');
  const folder = await mkdtemp(join(tmpdir(), 'sandglass-check-'));
  try {
    const rows = await checkAgainstReality({
      ...options,
      combination: options.broker,
      workload,
      folder,
      onStep: say,
    });
    return {figures: {check: rows}, tables: [checkTable(rows)]};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

function say(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}`);
}

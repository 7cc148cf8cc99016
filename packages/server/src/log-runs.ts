import type {Run} from '@sandglass/protocol';
import type {FastifyBaseLogger} from 'fastify';
import type {DeliveryReport} from './callbacks/callback-worker.ts';

/** One line a run. Never its sources, input, output, arguments or environment. */
export function logRun(logger: FastifyBaseLogger, run: Run): void {
  const {id, language, outcome, attempts, queuedMs} = run;
  const totalMs = Date.parse(run.finishedAt ?? run.createdAt) - Date.parse(run.createdAt);
  const facts = {
    id,
    language: `${language.id}@${language.version}`,
    outcome,
    attempts,
    queuedMs,
    compileMs: run.compile?.wallTimeMs ?? null,
    runMs: run.run?.wallTimeMs ?? null,
    totalMs,
    cached: run.cached.compile || run.cached.result,
  };
  if (outcome === 'internal-error') logger.error({...facts, explanation: run.explanation?.message}, 'run');
  else logger.info(facts, 'run');
}

/** One line a delivery; the address may hold a secret and stays out. */
export function logDelivery(logger: FastifyBaseLogger, report: DeliveryReport): void {
  const {error, ...facts} = report;
  if (report.isDelivered) logger.debug(facts, 'callback');
  else logger.warn({...facts, reason: error instanceof Error ? error.message : null}, 'callback');
}

import type {FastifyBaseLogger} from 'fastify';
import type {Config} from '../config/config-schema.ts';
import type {RunTraces} from './run-traces.ts';

/** Null when no receiver is configured: nothing of OpenTelemetry is loaded then. The caller closes what it gets. */
export async function openRunTraces(config: Config, logger: FastifyBaseLogger): Promise<RunTraces | null> {
  if (config.telemetry.otlpEndpoint === '') return null;
  const {exportRunTraces} = await import('./export-run-traces.ts');
  return exportRunTraces(config, logger);
}

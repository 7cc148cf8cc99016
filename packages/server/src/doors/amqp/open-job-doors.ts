import {SandglassError} from '@sandglass/protocol';
import type {FastifyBaseLogger} from 'fastify';
import {concurrencyOf} from '../../concurrency.ts';
import type {Config} from '../../config/config-schema.ts';
import {requestPolicy} from '../../request-policy.ts';
import type {Runs} from '../../runs/runs.ts';
import {JobDoor, type JobDoorParts} from './job-door.ts';
import type {JobProtocol} from './job-protocol.ts';
import {SYSTEM_B, SYSTEM_B_FIRST} from './system-b.ts';
import {SYSTEM_Y} from './system-y.ts';

const PROTOCOLS: Readonly<Record<string, readonly JobProtocol[]>> = {
  'system-b': [SYSTEM_B_FIRST, SYSTEM_B],
  'system-y': [SYSTEM_Y],
};

/** Opens the doors over RabbitMQ that the settings name; null when there are none. Throws `configuration-invalid`, `queue-failed`. */
export async function openJobDoors(
  config: Config,
  parts: {
    readonly runs: Runs;
    readonly store: JobDoorParts['store'];
    readonly logger: FastifyBaseLogger;
  },
): Promise<JobDoor | null> {
  const protocols = config.doors.flatMap((door) => PROTOCOLS[door] ?? []);
  if (protocols.length === 0) return null;
  if (config.doorUrl === '')
    throw new SandglassError(
      'configuration-invalid',
      `Cannot open the doors ${config.doors.join(', ')}: they need doorUrl, the RabbitMQ that their clients use.`,
    );
  return await JobDoor.open({
    url: config.doorUrl,
    protocols,
    runs: parts.runs,
    store: parts.store,
    rules: {policy: requestPolicy(config), allowPrivateCallbacks: false},
    prefetch: concurrencyOf(config),
    onFault: (err) => parts.logger.error({err}, 'a job could not be served; it is given back'),
  });
}

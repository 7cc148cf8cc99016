import {existsSync} from 'node:fs';
import {describe} from 'vitest';
import {postgresBinaries} from './postgres-service.ts';
import {RABBITMQ_SERVER} from './rabbitmq-service.ts';
import {REDIS_SERVER} from './redis-service.ts';

/** The servers that a scaled-out Sandglass stands on, by the Debian package that brings each. */
const SERVICES = {
  postgresql: () => postgresBinaries() !== null,
  'redis-server': () => existsSync(REDIS_SERVER),
  'rabbitmq-server': () => existsSync(RABBITMQ_SERVER),
} as const;

export type ServiceName = keyof typeof SERVICES;

/** A suite that needs real servers. Without them it is skipped, and says aloud how to get them: nothing stands in for them. */
export function describeWith(services: readonly ServiceName[], name: string, suite: () => void): void {
  const missing = services.filter((service) => !SERVICES[service]());
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  process.stderr.write(
    `\nSKIPPED "${name}": ${missing.join(', ')} is not installed. As root: apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
  );
  describe.skip(`${name} (needs ${missing.join(', ')})`, suite);
}

import {existsSync} from 'node:fs';
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

/** Those of the packages that this machine does not have. */
export function missingServices(wanted: readonly ServiceName[]): ServiceName[] {
  return wanted.filter((service) => !SERVICES[service]());
}

export function installCommand(packages: readonly ServiceName[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

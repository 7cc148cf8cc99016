import type {ServiceName} from '../../tests/services/installed.ts';

/** A queue over a store, as an installation is configured with them. */
export type Combination =
  | {readonly name: 'embedded/SQLite'; readonly kind: 'embedded'; readonly needs: readonly []}
  | {
      readonly name: 'BullMQ/PostgreSQL' | 'RabbitMQ/PostgreSQL';
      readonly kind: 'redis' | 'rabbitmq';
      /** Debian packages. */
      readonly needs: readonly ServiceName[];
    };

export type CombinationName = Combination['name'];

/** One process with everything in it: what the others are compared with. */
export const EMBEDDED = {name: 'embedded/SQLite', kind: 'embedded', needs: []} as const satisfies Combination;

export const BROKERED = [
  {name: 'BullMQ/PostgreSQL', kind: 'redis', needs: ['postgresql', 'redis-server']},
  {name: 'RabbitMQ/PostgreSQL', kind: 'rabbitmq', needs: ['postgresql', 'rabbitmq-server']},
] as const satisfies readonly Combination[];

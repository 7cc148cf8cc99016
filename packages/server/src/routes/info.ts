import type {LevelFacts} from '@sandglass/engine';
import {DRIVER_NAMES, LIMIT_NAMES, type LimitName} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {type Static, Type} from 'typebox';
import {VERSION} from '../version.ts';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';

const closed = {additionalProperties: false} as const;
// Object.fromEntries forgets that every limit is there.
const limitFields = Object.fromEntries(LIMIT_NAMES.map((name) => [name, Type.Number()])) as Record<
  LimitName,
  ReturnType<typeof Type.Number>
>;
const limits = Type.Object(limitFields, {...closed, title: 'Limits'});

const levelSchema = Type.Object(
  {
    level: Type.Enum([...DRIVER_NAMES]),
    available: Type.Boolean(),
    isDefault: Type.Boolean(),
    enforced: Type.Array(Type.String()),
    weaker: Type.Array(Type.String()),
    room: Type.Optional(
      Type.Object(
        {memoryBytes: Type.Optional(Type.Integer()), diskBytes: Type.Optional(Type.Integer())},
        {
          ...closed,
          description:
            'Most that a run can ask for at this level, where that is less than `limits.maximum` may allow.',
        },
      ),
    ),
    reason: Type.Optional(Type.String()),
  },
  closed,
);

const primedSchema = Type.Object(
  {
    runtime: Type.String({description: 'Language and toolchain, such as `python@python`.'}),
    ready: Type.Integer(),
    target: Type.Integer({description: 'How many should be ready now.'}),
    failure: Type.Optional(
      Type.String({description: 'Why the last attempt failed; programs are then started the ordinary way.'}),
    ),
  },
  closed,
);

const infoSchema = Type.Object(
  {
    version: Type.String(),
    limits: Type.Object({default: limits, compileDefault: limits, maximum: limits}, closed),
    isolation: Type.Array(levelSchema),
    images: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          digest: Type.Union([Type.String(), Type.Null()], {
            description: "Of the image's files; null for the toolchains of the server's own machine.",
          }),
          isDefault: Type.Boolean(),
          languages: Type.Array(Type.String(), {description: 'Ids of the languages that run in it.'}),
        },
        closed,
      ),
    ),
    cpuPinning: Type.Object(
      {
        cpus: Type.Array(Type.Integer(), {
          description: 'Cores that runs can have to themselves; empty when `limits.cpuPinning` is refused.',
        }),
      },
      closed,
    ),
    primed: Type.Array(primedSchema, {
      description: 'Runtimes that are started ahead of their programs at the default isolation level.',
    }),
    network: Type.Object(
      {
        internet: Type.Boolean(),
        internetPorts: Type.Array(Type.Integer()),
        allow: Type.Array(Type.String()),
      },
      closed,
    ),
    accounts: Type.Boolean({description: 'People and programs sign in here.'}),
    retentionSeconds: Type.Integer(),
  },
  {...closed, title: 'Info'},
);

/** `/v1/info`: what this server offers and how far it lets requests go. */
export function registerInfo(app: FastifyInstance, {engine, policy, config}: RouteParts): void {
  app.get('/v1/info', {config: {operation}}, async () => ({
    version: VERSION,
    limits: {default: policy.runLimits, compileDefault: policy.compileLimits, maximum: policy.maxLimits},
    isolation: engine.levels.map(describeLevel),
    images: engine.images,
    cpuPinning: {cpus: engine.pinnableCpus},
    primed: engine.primed.map(({id: runtime, ready, target, failure}) => ({
      runtime,
      ready,
      target,
      ...(failure === null ? {} : {failure}),
    })),
    network: {
      internet: config.network.allowInternet,
      internetPorts: config.network.internetPorts.map(Number),
      // An address behind a name is the operator's.
      allow: config.network.allow.map((target) => target.replace(/^([^=]+)=.*:(\d+)$/, '$1:$2')),
    },
    accounts: config.accounts.mode !== 'off',
    retentionSeconds: config.retentionSeconds,
  }));
}

function describeLevel(facts: LevelFacts): Static<typeof levelSchema> {
  const {name: level} = facts;
  if (facts.kind === 'unavailable')
    return {level, available: false, isDefault: false, enforced: [], weaker: [], reason: facts.reason};
  const {enforced, weaker} = facts.isolation;
  return {
    level,
    available: true,
    isDefault: facts.isDefault,
    enforced: [...enforced],
    weaker: [...weaker],
    room: facts.room,
  };
}

const operation: Operation = {
  operationId: 'getInfo',
  summary: 'Version, limits and isolation of this server',
  access: 'open',
  errors: [],
  responses: {200: {description: 'What this server offers.', schema: infoSchema}},
};

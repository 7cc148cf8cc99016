import {describeLanguage} from '@sandglass/languages';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';

const languageSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    version: Type.String({description: 'Of the default toolchain; empty when unavailable.'}),
    toolchains: Type.Array(
      Type.Object({name: Type.String(), version: Type.String()}, {additionalProperties: false}),
      {description: 'What `id@name` and `id@version` choose from; the first is the default.'},
    ),
    aliases: Type.Array(Type.String()),
    extensions: Type.Array(Type.String()),
    compiled: Type.Boolean(),
    available: Type.Boolean({description: 'True only when a program of it has been run here.'}),
    reason: Type.Optional(Type.String({description: 'Why it is not available, and what brings it.'})),
    images: Type.Array(Type.String(), {
      description: 'Images that it runs in, for the field `image` of a run.',
    }),
    example: Type.String({description: 'A program that says hello and echoes one line of its input.'}),
  },
  {additionalProperties: false, title: 'Language'},
);

/** `/v1/languages`: every known language, available or not. */
export function registerLanguages(app: FastifyInstance, {engine}: Pick<RouteParts, 'engine'>): void {
  app.get('/v1/languages', {config: {operation}}, async () =>
    engine.languages.entries.map((entry) => ({
      ...describeLanguage(entry),
      images: engine.images
        .filter(({languages}) => languages.includes(entry.recipe.id))
        .map(({name}) => name),
    })),
  );
}

const operation: Operation = {
  operationId: 'listLanguages',
  summary: 'List languages',
  access: 'open',
  errors: [],
  responses: {200: {description: 'All languages.', schema: Type.Array(languageSchema)}},
};

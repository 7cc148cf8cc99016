import {type Run, SandglassError} from '@sandglass/protocol';
import type {FastifyInstance, FastifyReply} from 'fastify';
import {Type} from 'typebox';
import {ownerOf} from '../../access/owner.ts';
import {acceptRuns} from '../../routes/accept-runs.ts';
import type {Operation} from '../../routes/operation.ts';
import type {RouteParts} from '../../routes/route-parts.ts';
import {parseRunBody, rulesFor} from '../../routes/run-body.ts';
import {ID_PATTERN} from '../../runs/run-id.ts';

const LANGUAGES = ['python', 'java', 'cpp'];
const ID = new RegExp(ID_PATTERN, 'u');

interface Submission {
  readonly code: string;
  readonly lang: string;
  readonly stdInput: string;
}

/** `POST /api/submit` and `GET /api/result/:id`, with that system's own shapes for success and failure. */
export function registerSystemE(app: FastifyInstance, parts: RouteParts): void {
  const rules = rulesFor(parts);

  app.post('/api/submit', {config: {operation: submit}}, async (request, reply) => {
    const submission = readSubmission(request.body);
    if (submission === null) return refuse(reply, 400, 'Code and language are required');
    const {code, lang, stdInput} = submission;
    if (!LANGUAGES.includes(lang))
      return refuse(reply, 400, `Language "${lang}" is not supported. Use ${LANGUAGES.join(', ')}.`);
    const spec = parseRunBody(
      {language: lang, code, stdin: stdInput, metadata: {lang}},
      rules(request.principal),
    );
    const {runIds} = await acceptRuns(parts, request, {
      specs: [spec],
      claim: null,
      isBatch: false,
      isAwaited: false,
      isLive: false,
    });
    return reply
      .code(201)
      .send({message: 'Code submission queued successfully', codeSubmissionId: runIds[0]});
  });

  app.get<{Params: {readonly id: string}}>(
    '/api/result/:id',
    {config: {operation: result}},
    async (request, reply) => {
      const {id} = request.params;
      const owner = ownerOf(request.principal);
      const run = ID.test(id) ? await find(parts, id, owner) : null;
      if (run === null) return refuse(reply, 404, 'Code submission not found');
      if (run.state !== 'finished') return {message: 'Code execution is still pending'};
      const spec = (await parts.store.get(id, owner))?.spec;
      const text = (bytes: Uint8Array | null | undefined): string =>
        Buffer.from(bytes ?? []).toString('utf8');
      return {
        code: text(spec?.code),
        lang: run.metadata.lang ?? run.language.id,
        stdInput: text(spec?.stdin),
        ...outputOf(run),
        status: 'completed',
      };
    },
  );
}

function readSubmission(body: unknown): Submission | null {
  const field = (name: string): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  const [code, lang, stdInput = ''] = ['code', 'lang', 'stdInput'].map(field);
  if (typeof code !== 'string' || code === '' || typeof lang !== 'string' || lang === '') return null;
  return {code, lang, stdInput: typeof stdInput === 'string' ? stdInput : ''};
}

async function find({runs}: RouteParts, id: string, owner: string): Promise<Run | null> {
  try {
    return await runs.get(id, owner);
  } catch (error) {
    if (error instanceof SandglassError && error.code === 'not-found') return null;
    throw error;
  }
}

/** What the compiler said when nothing was run; why a program was ended is said behind its own errors, as there is no other field. */
function outputOf(run: Run): {readonly stdOutput: string; readonly stdError: string} {
  const step = run.run ?? run.compile;
  const own = step?.stderr ?? '';
  const isProgramsOwn =
    run.outcome === 'ok' || run.outcome === 'runtime-error' || run.outcome === 'compile-error';
  const reason = isProgramsOwn ? '' : (run.explanation?.message ?? '');
  return {
    stdOutput: step?.stdout ?? '',
    stdError: own === '' || reason === '' ? `${own}${reason}` : `${own}\n${reason}`,
  };
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({error});
}

const anything = Type.Unknown({description: 'See docs/doors.md.'});

const submit: Operation = {
  operationId: 'systemESubmit',
  summary: 'Submit a program, as the earlier system had it',
  access: 'run',
  errors: ['server-full', 'shutting-down', 'store-failed'],
  body: anything,
  responses: {201: {description: 'Queued.', schema: anything}},
};

const result: Operation = {
  operationId: 'systemEResult',
  summary: 'Look at a submitted program, as the earlier system had it',
  access: 'read',
  errors: ['store-failed'],
  responses: {200: {description: 'Pending, or completed with its output.', schema: anything}},
};

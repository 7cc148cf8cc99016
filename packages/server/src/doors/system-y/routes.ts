import type {Principal} from '@sandglass/accounts';
import type {Program, Project} from '@sandglass/projects';
import {type Run, SandglassError} from '@sandglass/protocol';
import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import {toKnownError} from '../../http/known-error.ts';
import {HTTP_STATUS, retryAfterSeconds} from '../../http/problem.ts';
import {acceptRuns} from '../../routes/accept-runs.ts';
import {clientOf} from '../../routes/accounts/account-parts.ts';
import type {ProjectParts} from '../../routes/projects/project-parts.ts';
import {parseRunBody, rulesFor} from '../../routes/run-body.ts';
import {codeOf, type SandboxRow, toLanguage, toRow} from './sandbox-row.ts';
import type {SystemYTokens} from './tokens.ts';

// Clients of system Y send fields that are of no use; they are ignored, as there.
const readSignUp = bodyReader(
  Type.Object({name: Type.Optional(Type.String()), username: Type.String(), password: Type.String()}),
);
const readSignIn = bodyReader(Type.Object({username: Type.String(), password: Type.String()}));
const readSandbox = bodyReader(
  Type.Object({
    name: Type.Optional(Type.String()),
    language: Type.Optional(Type.String()),
    code: Type.Optional(Type.String()),
  }),
);
const readExecute = bodyReader(Type.Object({code: Type.Optional(Type.String())}));

type Member = Extract<Principal, {kind: 'user'}>;
type IdParams = {readonly id: string};
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The REST interface of system Y over our users and projects. Unlike there, a sandbox of somebody else does not exist, and an execution shows
 * its own result.
 */
export function registerSystemY(app: FastifyInstance, parts: ProjectParts, tokens: SystemYTokens): void {
  const {access, projects, runs, engine} = parts;
  const {accounts} = access;
  const rules = rulesFor(parts);

  app.post(
    '/api/sign-up',
    answer(async (request) => {
      await accounts.gate.signUp(request.ip);
      const {username, password, name} = readSignUp(request.body);
      const input = {username, password, name, email: undefined, invitation: undefined};
      const {user} = await accounts.identity.signUp(input, clientOf(request));
      access.record(
        {kind: 'user', user, sessionId: ''},
        {action: 'account.sign-up', target: user.id, address: request.ip},
      );
      return {id: user.id, name: user.name, username: user.username};
    }),
  );

  app.post(
    '/api/sign-in',
    answer(async (request) => {
      const {username, password} = readSignIn(request.body);
      await accounts.gate.signIn(username, request.ip);
      const {user, sessionId} = await accounts.identity.signIn({user: username, password}, clientOf(request));
      access.record(
        {kind: 'user', user, sessionId},
        {action: 'account.sign-in', target: '', address: request.ip},
      );
      return {message: 'success', data: await tokens.sign(sessionId)};
    }),
  );

  app.get(
    '/api/user',
    answer(async (request) => {
      const {user} = await memberOf(request);
      return {id: user.id, name: user.name, username: user.username};
    }),
  );

  app.get(
    '/api/sandbox',
    answer(async (request) => {
      const {user} = await memberOf(request);
      const page = {search: '', sort: 'created', limit: 200, offset: 0} as const;
      const summaries = await projects.list(user.id, page);
      return await Promise.all(
        summaries.map(async ({id}) => await rowOf(await projects.get(id, viewerOf(user.id)))),
      );
    }),
  );

  app.post(
    '/api/sandbox',
    answer(async (request) => {
      const {user} = await memberOf(request);
      const {name, language = 'py', code} = readSandbox(request.body);
      const made = await projects.create(user.id, {name, program: programOf(language, code)});
      return await rowOf(made);
    }),
  );

  app.get<{Params: IdParams}>(
    '/api/sandbox/:id',
    answer(async (request) => {
      const {user} = await memberOf(request);
      return await rowOf(await projects.get(idOf(request), viewerOf(user.id)));
    }),
  );

  app.put<{Params: IdParams}>(
    '/api/sandbox/:id',
    answer(async (request) => {
      const {user} = await memberOf(request);
      const {name, language, code} = readSandbox(request.body);
      const project = await projects.get(idOf(request), viewerOf(user.id));
      return await rowOf(await change(project, {name, language, code}));
    }),
  );

  app.delete<{Params: IdParams}>(
    '/api/sandbox/:id',
    answer(async (request) => {
      const {user} = await memberOf(request);
      await projects.delete(idOf(request), viewerOf(user.id));
      return {message: 'success'};
    }),
  );

  app.post<{Params: IdParams}>(
    '/api/sandbox/:id/execute',
    answer(async (request) => {
      const member = await memberOf(request);
      const {code} = readExecute(request.body ?? {});
      const before = await projects.get(idOf(request), viewerOf(member.user.id));
      const project = code === undefined || code === codeOf(before) ? before : await change(before, {code});
      const spec = parseRunBody(requestOf(project), rules(member));
      const options = {specs: [spec], claim: null, isBatch: false, isLive: false, isAwaited: false};
      const {ip, method, headers, routeOptions} = request;
      const sender = {principal: member, ip, method, headers, routeOptions};
      const {runIds} = await acceptRuns(parts, sender, options);
      const [runId = ''] = runIds;
      const entry = {runId, runOwner: member.user.id, startedBy: member.user.username};
      await projects.addRun(project.id, viewerOf(member.user.id), entry);
      return await rowOf(project);
    }),
  );

  async function memberOf({headers}: FastifyRequest): Promise<Member> {
    const found = await tokens.verify(headers.authorization);
    if (found === null)
      throw new SandglassError(
        'unauthorized',
        'Cannot serve the request: its token is missing, wrong or expired. Sign in.',
      );
    const principal: Member = {kind: 'user', ...found};
    await access.countRequest(principal);
    return principal;
  }

  /** The last one to save wins, as in system Y. */
  async function change(
    project: Project,
    {
      name,
      language,
      code,
    }: {name?: string | undefined; language?: string | undefined; code?: string | undefined},
  ): Promise<Project> {
    const isOtherLanguage = language !== undefined && toLanguage(language) !== project.language;
    const program = isOtherLanguage
      ? programOf(language, code ?? codeOf(project))
      : code === undefined
        ? requestOf(project)
        : withCode(project, code);
    const {revision} = await projects.get(project.id, viewerOf(project.ownerId));
    return await projects.save(project.id, viewerOf(project.ownerId), {
      name: name ?? project.name,
      program,
      revision,
    });
  }

  function programOf(key: string, code: string | undefined): Program {
    const language = toLanguage(key);
    if (language === null)
      throw new SandglassError(
        'unknown-language',
        'Cannot make the sandbox: its language must be py, node, c or cpp.',
      );
    const {recipe} = engine.languages.resolve(language);
    return {language, files: [{path: recipe.sourceFile, content: code ?? recipe.example}]};
  }

  async function rowOf(project: Project): Promise<SandboxRow> {
    const [latest] = await projects.history(project.id, viewerOf(project.ownerId), 1);
    if (latest === undefined) return toRow(project, null);
    return toRow(project, await findRun(latest.runId, latest.runOwner));
  }

  async function findRun(id: string, owner: string): Promise<Run | null> {
    try {
      return await runs.get(id, owner);
    } catch (error) {
      // Its retention has ended: the row is as before the first execution.
      if (error instanceof SandglassError && error.code === 'not-found') return null;
      throw error;
    }
  }
}

function viewerOf(userId: string) {
  return {userId, linkToken: null};
}

function idOf({params}: FastifyRequest): string {
  // The route has this parameter.
  const {id} = params as IdParams;
  if (!UUID.test(id))
    throw new SandglassError('not-found', 'Cannot find the sandbox: there is none with this id.');
  return id;
}

function requestOf({settings, files}: Project): Program {
  return {
    ...settings,
    files: files.map(({path, content}) => ({path, contentBase64: Buffer.from(content).toString('base64')})),
  };
}

function withCode(project: Project, code: string): Program {
  const {settings, files} = project;
  const started = files.find(({path}) => path === settings.entry) ?? files[0];
  const program = requestOf(project);
  const rest = (program.files ?? []).filter(({path}) => path !== started?.path);
  return {...program, files: [{path: started?.path ?? 'main', content: code}, ...rest]};
}

/** Answers with JSON, and refuses in the form that clients of system Y know: `{error}`. */
function answer(work: (request: FastifyRequest) => Promise<unknown>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    try {
      return await work(request);
    } catch (error) {
      const known = toKnownError(error);
      if (known.code === 'internal-error') request.log.error({err: error}, 'request failed');
      const retryAfter = retryAfterSeconds(known);
      if (retryAfter !== null) reply.header('retry-after', retryAfter);
      return reply.code(HTTP_STATUS[known.code]).send({error: known.message});
    }
  };
}

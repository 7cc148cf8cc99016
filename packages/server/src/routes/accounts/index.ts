import type {FastifyInstance} from 'fastify';
import {LeftRunsSettler} from '../../access/left-runs-settler.ts';
import {registerSystemY} from '../../doors/system-y/routes.ts';
import {SystemYTokens} from '../../doors/system-y/tokens.ts';
import {registerClassroom} from '../classroom/index.ts';
import {registerArchives} from '../projects/archives.ts';
import {registerProjectRuns} from '../projects/project-runs.ts';
import {registerProjects} from '../projects/projects.ts';
import {registerAccount} from './account.ts';
import type {AccountParts} from './account-parts.ts';
import {registerAdmin} from './admin.ts';
import {registerKeys} from './keys.ts';
import {registerOidc} from './oidc.ts';
import {registerSignIn} from './sign-in.ts';

/** Everything that a server with accounts has beside runs. */
export function registerAccounts(app: FastifyInstance, parts: AccountParts): void {
  const {access, runs} = parts;
  const {usage} = access.accounts;
  const onFault = (err: unknown) => app.log.error({err}, 'runs could not be settled; it is tried again');
  const settler = new LeftRunsSettler({usage, runs, onFault});
  app.addHook('onReady', async () => settler.start());
  app.addHook('onClose', async () => await settler.stop());
  registerSignIn(app, parts);
  registerAccount(app, parts);
  registerKeys(app, parts);
  registerAdmin(app, parts);
  const projectParts = {...parts, projects: parts.access.projects};
  registerProjects(app, projectParts);
  registerProjectRuns(app, projectParts);
  registerArchives(app, projectParts);
  registerClassroom(app, parts);
  if (parts.config.doors.includes('system-y-rest'))
    registerSystemY(app, projectParts, new SystemYTokens(parts.access.accounts, parts.access.secret));
  if (parts.config.accounts.oidc.discoveryUrl !== '') registerOidc(app, parts);
}

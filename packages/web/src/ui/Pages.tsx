import {lazy, Suspense} from 'react';
import {type Account, useAccountState} from '../account/account.ts';
import type {Playground} from '../state/playground.ts';
import type {Route} from './route.ts';

const SignIn = lazy(async () => ({default: (await import('../account/SignInPage.tsx')).SignInPage}));
const SignUp = lazy(async () => ({default: (await import('../account/SignInPage.tsx')).SignUpPage}));
const ResetPassword = lazy(async () => ({
  default: (await import('../account/SignInPage.tsx')).ResetPasswordPage,
}));
const AccountPage = lazy(async () => ({default: (await import('../account/AccountPage.tsx')).AccountPage}));
const Keys = lazy(async () => ({default: (await import('../account/KeysPage.tsx')).KeysPage}));
const Usage = lazy(async () => ({default: (await import('../account/UsagePage.tsx')).UsagePage}));
const Admin = lazy(async () => ({default: (await import('../admin/AdminPage.tsx')).AdminPage}));
const Projects = lazy(async () => ({default: (await import('../projects/ProjectsPage.tsx')).ProjectsPage}));
const Project = lazy(async () => ({default: (await import('../projects/ProjectPage.tsx')).ProjectPage}));
const Groups = lazy(async () => ({default: (await import('../classroom/GroupsPage.tsx')).GroupsPage}));
const Group = lazy(async () => ({default: (await import('../classroom/GroupPage.tsx')).GroupPage}));
const Assignment = lazy(async () => ({
  default: (await import('../classroom/AssignmentPage.tsx')).AssignmentPage,
}));

interface PagesProps {
  readonly route: Exclude<Route, {kind: 'playground' | 'status'}>;
  readonly account: Account;
  readonly playground: Playground;
}

/** The pages of a server with accounts. What is for members shows the sign-in to others. */
export function Pages(props: PagesProps) {
  return (
    <Suspense>
      <Chosen {...props} />
    </Suspense>
  );
}

function Chosen({route, account, playground}: PagesProps) {
  const user = useAccountState()?.user ?? null;
  switch (route.kind) {
    case 'sign-in':
      return <SignIn account={account} />;
    case 'sign-up':
      return <SignUp account={account} invitation={route.invitation} />;
    case 'reset-password':
      return <ResetPassword account={account} token={route.token} />;
    case 'project':
      return <Project account={account} id={route.id} link={route.link} base={playground} />;
    default:
      if (user === null) return <SignIn account={account} />;
  }
  switch (route.kind) {
    case 'projects':
      return <Projects account={account} languages={playground.languages} />;
    case 'groups':
      return <Groups account={account} code={route.code} />;
    case 'group':
      return <Group account={account} id={route.id} languages={playground.languages} />;
    case 'assignment':
      return <Assignment account={account} id={route.id} languages={playground.languages} />;
    case 'account':
      return <AccountPage account={account} />;
    case 'keys':
      return <Keys account={account} />;
    case 'usage':
      return <Usage account={account} />;
    case 'admin':
      return user.role === 'admin' ? (
        <Admin account={account} />
      ) : (
        <Projects account={account} languages={playground.languages} />
      );
    default:
      return route satisfies never;
  }
}

import {type ReactNode, useState} from 'react';
import {Field, Form, textOf} from '../ui/Form.tsx';
import {TopBar} from '../ui/TopBar.tsx';
import {type Account, useAccountState} from './account.ts';

/** Where to go on after signing in: the page that was wanted, which is one of ours because it is only a fragment. */
function goOn(): void {
  location.hash = '#/projects';
}

const REFUSALS: Readonly<Record<string, string>> = {
  signup_disabled: 'Your organisation knows you, but you have no account here. Ask an administrator for one.',
  account_not_linked: 'An account with your address exists already. Sign in with its password.',
  access_denied: 'The sign-in with your organisation was cancelled.',
};

/** Why the way back from the OpenID provider led here; never words out of the address itself. */
function refusalWords(): string | null {
  const error = new URLSearchParams(location.search).get('error');
  if (error === null) return null;
  return REFUSALS[error] ?? 'Signing in with your organisation did not work. Try again.';
}

export function SignInPage({account}: {account: Account}) {
  const state = useAccountState();
  return (
    <Narrow title="Sign in">
      <p role="alert" className="mb-3 text-bad empty:hidden">
        {refusalWords()}
      </p>
      <Form
        submit="Sign in"
        onSubmit={async (fields) => {
          await account.client.signIn({user: textOf(fields, 'user'), password: textOf(fields, 'password')});
          await account.refresh();
          goOn();
        }}
      >
        <Field label="User name or e-mail" name="user" autoComplete="username" required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      </Form>
      {state?.oidc === true ? (
        <a
          href={`/v1/account/oidc?returnTo=${encodeURIComponent('/#/projects')}`}
          className="mt-3 inline-flex h-9 w-full items-center justify-center rounded-lg border border-line hover:bg-raised"
        >
          Sign in with your organisation
        </a>
      ) : null}
      <p className="mt-4 text-center text-soft">
        {state?.signUp === 'open' ? <TextLink href="#/sign-up">Make an account</TextLink> : null}
        {state?.signUp === 'invitation' ? 'New accounts need an invitation.' : null}
        {state?.signUp === 'closed' ? 'Accounts are made by an administrator.' : null}
      </p>
    </Narrow>
  );
}

export function SignUpPage({account, invitation}: {account: Account; invitation: string | null}) {
  return (
    <Narrow title="Make an account">
      <Form
        submit="Make the account"
        onSubmit={async (fields) => {
          const [name, email] = [textOf(fields, 'name'), textOf(fields, 'email')];
          await account.client.signUp({
            username: textOf(fields, 'username'),
            password: textOf(fields, 'password'),
            ...(name === '' ? {} : {name}),
            ...(email === '' ? {} : {email}),
            ...(invitation === null ? {} : {invitation}),
          });
          await account.refresh();
          goOn();
        }}
      >
        <Field
          label="User name"
          name="username"
          autoComplete="username"
          required
          autoFocus
          hint="Letters, digits, “.”, “_” and “-”."
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          hint="At least 8 characters."
        />
        <Field label="Name (optional)" name="name" autoComplete="name" />
        <Field label="E-mail (optional)" name="email" type="email" autoComplete="email" />
      </Form>
      <p className="mt-4 text-center text-soft">
        <TextLink href="#/sign-in">I have an account</TextLink>
      </p>
    </Narrow>
  );
}

export function ResetPasswordPage({account, token}: {account: Account; token: string}) {
  const [isDone, setDone] = useState(false);
  return (
    <Narrow title="Set a new password">
      {isDone ? (
        <p role="status">
          The password is set. <TextLink href="#/sign-in">Sign in</TextLink>
        </p>
      ) : (
        <Form
          submit="Set the password"
          onSubmit={async (fields) => {
            await account.client.resetPassword({token, newPassword: textOf(fields, 'password')});
            setDone(true);
          }}
        >
          <Field
            label="New password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            autoFocus
          />
        </Form>
      )}
    </Narrow>
  );
}

export function TextLink({href, children}: {href: string; children: ReactNode}) {
  return (
    <a href={href} className="text-accent underline underline-offset-2">
      {children}
    </a>
  );
}

function Narrow({title, children}: {title: string; children: ReactNode}) {
  return (
    <div className="flex h-full flex-col">
      <TopBar page="sign-in" />
      <main className="flex flex-1 items-start justify-center overflow-auto p-4 sm:pt-16">
        <div className="w-full max-w-sm rounded-2xl border border-line bg-panel p-6 shadow-sm">
          <h2 className="mb-4 text-lg font-semibold tracking-tight">{title}</h2>
          {children}
        </div>
      </main>
    </div>
  );
}

import {type FieldProblem, SandglassError} from '@sandglass/protocol';

/** RFC 2606: never a real domain, so that no mail can ever be sent there. */
const NO_ADDRESS = '@sandglass.invalid';
export const MAX_NAME_CHARACTERS = 100;
export const MAX_PASSWORD_CHARACTERS = 256;
/** NIST SP 800-63B section 3.1.1.2 asks for at least eight. */
const MIN_PASSWORD_CHARACTERS = 8;
const USERNAME = /^[a-z0-9][a-z0-9._-]{1,38}$/;
const ADDRESS = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,189}$/u;

export interface NewIdentity {
  readonly username: string;
  readonly password: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** The same in the form that is stored. Throws `invalid-request` with every field that breaks its rule; a password is never quoted. */
export function checkIdentity({username, password, name, email}: NewIdentity) {
  const wanted = {
    username: username.toLowerCase(),
    password,
    name: (name ?? username).trim(),
    email: email?.toLowerCase() ?? `${username.toLowerCase()}${NO_ADDRESS}`,
  };
  refuse([
    ...(USERNAME.test(wanted.username)
      ? []
      : [
          {
            path: '/username',
            message: 'must be 2 to 39 letters, digits, ".", "_" or "-", beginning with a letter or digit',
          },
        ]),
    ...passwordProblems(password, '/password'),
    ...nameProblems(wanted.name, '/name'),
    ...(email === undefined || (ADDRESS.test(email) && !email.endsWith('.invalid'))
      ? []
      : [{path: '/email', message: 'is not an e-mail address'}]),
  ]);
  return wanted;
}

export function checkPassword(password: string, path: string): void {
  refuse(passwordProblems(password, path));
}

/** Names are text: any script, also markup, which is shown as it is; only line breaks and the like are refused. */
export function nameProblems(name: string, path: string): FieldProblem[] {
  if (name === '' || name.length > MAX_NAME_CHARACTERS)
    return [{path, message: `must have 1 to ${MAX_NAME_CHARACTERS} characters`}];
  if (/\p{Cc}/u.test(name) || !name.isWellFormed())
    return [{path, message: 'holds a control character; use printable characters'}];
  return [];
}

/** Null for the address that stands where a user gave none. */
export function realAddress(email: string): string | null {
  return email.endsWith(NO_ADDRESS) ? null : email;
}

export function refuse(problems: readonly FieldProblem[]): void {
  const [first] = problems;
  if (first !== undefined)
    throw new SandglassError(
      'invalid-request',
      `Cannot accept the request: ${first.path} ${first.message}.`,
      {
        fields: problems,
      },
    );
}

function passwordProblems(password: string, path: string): FieldProblem[] {
  const {length} = password;
  return length >= MIN_PASSWORD_CHARACTERS && length <= MAX_PASSWORD_CHARACTERS
    ? []
    : [{path, message: `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`}];
}

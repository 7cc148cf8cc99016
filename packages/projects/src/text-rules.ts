/** Longer than most names; a bound only. */
export const MAX_NAME_CHARACTERS = 100;

/** Why a text cannot be a name, or null. Names are text of any script; markup and marks of direction are shown as they are. */
export function nameProblem(name: string): string | null {
  if (name === '' || name.length > MAX_NAME_CHARACTERS)
    return `must have 1 to ${MAX_NAME_CHARACTERS} characters`;
  return /\p{Cc}/u.test(name) || !name.isWellFormed()
    ? 'holds a control character; use printable characters'
    : null;
}

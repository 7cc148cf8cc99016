import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';

/** Begins every key, so that scanners for leaked secrets can know it. */
const PREFIX = 'sgk_';
const ID_BYTES = 9;
const SECRET_BYTES = 32;
const FORM = /^sgk_([A-Za-z0-9_-]{12})_([A-Za-z0-9_-]{43})$/;

/** A key as it is shown once: `sgk_<id>_<secret>`. The id is no secret and finds the key; the secret proves it. */
export interface KeyToken {
  readonly id: string;
  readonly secret: string;
}

export function newKeyToken(id = randomBytes(ID_BYTES).toString('base64url')): KeyToken {
  return {id, secret: randomBytes(SECRET_BYTES).toString('base64url')};
}

export function writeKeyToken({id, secret}: KeyToken): string {
  return `${PREFIX}${id}_${secret}`;
}

/** Null for what is not of the form, which is then not looked up. */
export function readKeyToken(text: string): KeyToken | null {
  const parts = FORM.exec(text);
  return parts === null ? null : {id: parts[1] ?? '', secret: parts[2] ?? ''};
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever the two differ. */
export function isSecret(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(hash, 'hex'));
}

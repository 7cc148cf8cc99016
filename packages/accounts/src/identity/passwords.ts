import {type Argon2Parameters, argon2, randomBytes, timingSafeEqual} from 'node:crypto';
import {promisify} from 'node:util';

/** Argon2id with the parameters that the OWASP Password Storage Cheat Sheet names first: 19 MiB, two passes, one lane. */
const COST = {memory: 19_456, passes: 2, parallelism: 1, tagLength: 32} as const;
const SALT_BYTES = 16;

const derive = promisify<string, Argon2Parameters, Buffer>((algorithm, parameters, done) =>
  argon2(algorithm === 'argon2id' ? algorithm : 'argon2id', parameters, done),
);

/** The hash in the PHC string format, which carries its own parameters. Works in a thread of libuv, about 40 ms. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive('argon2id', {...COST, message: normalised(password), nonce: salt});
  const {memory, passes, parallelism} = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** False also for a hash that is not in our form. */
export async function verifyPassword({hash, password}: {hash: string; password: string}): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(hash);
  if (parts === null) return false;
  const [, memory, passes, parallelism, salt = '', expected = ''] = parts;
  const wanted = Buffer.from(expected, 'base64');
  const found = await derive('argon2id', {
    message: normalised(password),
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  });
  return timingSafeEqual(found, wanted);
}

/** The same password typed on another system may come in another normal form (NIST SP 800-63B section 3.1.1.2). */
function normalised(password: string): string {
  return password.normalize('NFKC');
}

/** Without padding, as the PHC format has it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

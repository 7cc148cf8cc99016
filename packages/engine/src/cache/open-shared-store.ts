import {SandglassError} from '@sandglass/protocol';
import type {EngineLog} from '../engine-log.ts';
import {contentKey} from './content-key.ts';
import {platformKey} from './platform-key.ts';
import {RedisStore} from './redis-store.ts';
import type {SharedStore} from './shared-store.ts';

/** Where several workers keep what they compiled for each other. */
export interface SharedCacheOptions {
  /** A Redis server: `redis://` or `rediss://`. */
  readonly url: string;
  /** Seals what is stored; at least 32 characters, the same for all workers. Whoever has it can make workers run what he likes. */
  readonly secret: string;
  /** Bound of everything stored, in bytes; default 1 GiB. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 1024 ** 3;
const MIN_SECRET_CHARACTERS = 32;

/**
 * A shared store in which workers with other libraries than ours see nothing of ours. Throws `configuration-invalid` for a URL of
 * another kind and for a secret that could be guessed; that the server cannot be reached is no error.
 */
export function openSharedStore(
  {url, secret, maxBytes = DEFAULT_MAX_BYTES}: SharedCacheOptions,
  log: EngineLog,
): SharedStore {
  if (!/^rediss?:\/\//.test(url))
    throw refusal(`its URL must begin with redis:// or rediss://, but begins with "${url.slice(0, 8)}"`);
  if (secret.length < MIN_SECRET_CHARACTERS)
    throw refusal(
      `its secret has ${secret.length} characters and needs at least ${MIN_SECRET_CHARACTERS}. Make one with: openssl rand -base64 32`,
    );
  const store = new RedisStore({url, secret, maxBytes, log});
  const platform = platformKey();
  const ours = (key: string) => contentKey([platform, key]);
  return {
    read: (key) => store.read(ours(key)),
    write: (key, content) => store.write(ours(key), content),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function refusal(reason: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot use the shared compile cache: ${reason}.`);
}

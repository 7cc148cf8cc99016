import type {RunResult} from '@sandglass/protocol';
import type {CacheCodec} from './tiered-cache.ts';

/** A result as JSON. It was written by this code and is covered by the record's checksum, so its shape is not checked again. */
export const RESULT_CODEC: CacheCodec<RunResult> = {
  encode: (result) => [Buffer.from(JSON.stringify(result))],
  decode: (content) => JSON.parse(content.toString('utf8')) as RunResult,
};

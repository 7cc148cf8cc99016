import type {CompiledProgram, RefusedProgram} from '../pipeline/compiled.ts';
import type {CacheCodec} from './tiered-cache.ts';

/** What is worth keeping of a compile: a program, or a refusal that every further try would repeat. */
export type KeptCompile = CompiledProgram | RefusedProgram;

/** A compile as bytes: length of a JSON head, the head, then the contents of the files one after the other. */
export const COMPILED_CODEC: CacheCodec<KeptCompile> = {encode, decode};

type Head =
  | RefusedProgram
  | (Omit<CompiledProgram, 'files'> & {
      readonly files: readonly {readonly path: string; readonly mode: number; readonly bytes: number}[];
    });

const LENGTH_BYTES = 4;
const DEFAULT_MODE = 0o644;

function encode(value: KeptCompile): Uint8Array[] {
  const head = Buffer.from(JSON.stringify(headOf(value)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return [length, head, ...(value.kind === 'program' ? value.files.map(({content}) => content) : [])];
}

function headOf(value: KeptCompile): Head {
  if (value.kind === 'refused') return value;
  const files = value.files.map(({path, mode = DEFAULT_MODE, content}) => ({
    path,
    mode,
    bytes: content.length,
  }));
  return {...value, files};
}

function decode(content: Buffer): KeptCompile {
  const bodyAt = LENGTH_BYTES + content.readUInt32LE();
  // Written by `encode` and covered by the record's checksum, so its shape is not checked again.
  const head = JSON.parse(content.toString('utf8', LENGTH_BYTES, bodyAt)) as Head;
  if (head.kind === 'refused') return head;
  let at = bodyAt;
  const files = head.files.map(({path, mode, bytes}) => {
    const from = at;
    at += bytes;
    return {path, mode, content: content.subarray(from, at)};
  });
  return {...head, files};
}

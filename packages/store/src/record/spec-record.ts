import type {RunSpec} from '@sandglass/protocol';
import {type JudgingHead, packJudging, unpackJudging} from './judging-record.ts';
import {packRecord, unpackRecord} from './record-format.ts';

/**
 * The head is the spec without its byte strings and without `metadata`, which has a column. Parts, in order: `stdin`,
 * `code` (only when `hasCode`), the content of each file, then what `judgingParts` lists.
 */
interface SpecHead
  extends Omit<RunSpec, 'code' | 'stdin' | 'files' | 'metadata' | 'judging' | 'cpuPinning' | 'image'> {
  /** Absent in records from before images could be named. */
  readonly image?: string | null;
  /** Absent in records from before cores could be reserved. */
  readonly cpuPinning?: boolean;
  /** Absent in records from before judged runs. */
  readonly judging?: JudgingHead | null;
  readonly hasCode: boolean;
  readonly paths: readonly string[];
}

export function encodeSpec(spec: RunSpec): Uint8Array<ArrayBuffer> {
  const {code, stdin, files, metadata: _, judging, ...rest} = spec;
  const packed = judging === null ? null : packJudging(judging);
  const head: SpecHead = {
    ...rest,
    judging: packed?.head ?? null,
    hasCode: code !== null,
    paths: files.map((file) => file.path),
  };
  const parts = [
    stdin,
    ...(code === null ? [] : [code]),
    ...files.map((file) => file.content),
    ...(packed?.parts ?? []),
  ];
  return packRecord(head, parts);
}

/** The byte strings of the returned spec are views into `record`. Throws `store-failed` for a damaged record. */
export function decodeSpec(record: Uint8Array, metadata: RunSpec['metadata']): RunSpec {
  const unpacked = unpackRecord(record);
  // Heads of this version are written by encodeSpec only.
  const {
    hasCode,
    paths,
    judging: judged = null,
    cpuPinning = false,
    image = null,
    ...rest
  } = unpacked.head as SpecHead;
  const parts = unpacked.parts.values();
  const next = (): Uint8Array => parts.next().value ?? new Uint8Array();
  const stdin = next();
  const code = hasCode ? next() : null;
  const files = paths.map((path) => ({path, content: next()}));
  const judging = judged === null ? null : unpackJudging(judged, next);
  return {...rest, cpuPinning, image, code, stdin, files, metadata, judging};
}

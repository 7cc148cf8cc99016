import {transferableBuffers} from '../transferable-buffers.ts';
import type {CommandAnswer} from './thread-messages.ts';

/** The large records in answers, so that they are handed over instead of copied. */
export function answerBuffers(answers: readonly CommandAnswer[]): ArrayBuffer[] {
  return transferableBuffers(
    answers.flatMap((answer) => (answer.kind === 'done' ? records(answer.value) : [])),
  );
}

/** Answers are shallow: records stand at most two levels deep, in a run or in a list of runs. */
function records(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (Array.isArray(value)) return value.flatMap(records);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(records);
  return [];
}

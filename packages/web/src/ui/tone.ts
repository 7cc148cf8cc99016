import type {Tone} from '../session/describe-run.ts';

export const TONE_TEXT: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  bad: 'text-bad',
  warn: 'text-warn',
  calm: 'text-calm',
};

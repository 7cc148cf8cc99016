import type {ProgramEnd, Visible} from '../program.ts';

/** What has to differ between any two starts of a program, whoever starts it. */
const UNEQUAL: readonly (readonly [RegExp, string])[] = [
  // Addresses, which the kernel and the allocators choose anew each time.
  [/\b0x[0-9a-f]{6,16}\b/g, '0xADDRESS'],
  // Node puts its process id before its warnings.
  [/\(node:\d+\)/g, '(node:PID)'],
  // What V8's collector did before its heap was full, with its process id and its times.
  [/^\[\d+:0xADDRESS\] +\d+ ms: (?:Mark-Compact|Scavenge) .*$/gm, 'COLLECTION'],
];

/** One start's visible behaviour, without what differs between any two starts. */
export function normalised({compile, run}: Visible): Visible {
  return {compile: compile && normalisedEnd(compile), run: run && normalisedEnd(run)};
}

function normalisedEnd(end: ProgramEnd): ProgramEnd {
  return {...end, stdout: normalisedText(end.stdout), stderr: normalisedText(end.stderr)};
}

function normalisedText(text: string): string {
  return UNEQUAL.reduce((result, [pattern, name]) => result.replaceAll(pattern, name), text);
}

import {type RequestPolicy, type RunRequest, SandglassError} from '@sandglass/protocol';

/** Language keys of system I, with their exact spelling, and what they are called here. */
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['C', 'c'],
  ['Cpp', 'cpp'],
  ['Java', 'java'],
  ['Go', 'go'],
  ['Python3', 'python'],
  ['Javascript', 'javascript'],
]);

/** What a runner of system I had. */
const MEMORY_BYTES = 512 * 1024 * 1024;

/**
 * The run that a `code` message asks for. A dialogue takes the time that people take: it is bounded by the longest wall time that the
 * server allows, and by silence. Throws `unknown-language`.
 */
export function toRunRequest(
  {language, source}: {readonly language: string; readonly source: string},
  {maxLimits, runLimits}: RequestPolicy,
): RunRequest {
  const ours = LANGUAGES.get(language);
  if (ours === undefined)
    throw new SandglassError(
      'unknown-language',
      `Cannot run the program: its language is ${JSON.stringify(language.slice(0, 64))} but must be one of ${[...LANGUAGES.keys()].join(', ')}.`,
    );
  return {
    language: ours,
    code: source,
    limits: {
      wallTimeMs: maxLimits.wallTimeMs,
      memoryBytes: Math.min(maxLimits.memoryBytes, Math.max(runLimits.memoryBytes, MEMORY_BYTES)),
    },
  };
}

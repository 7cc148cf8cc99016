import {SandglassError} from '@sandglass/protocol';

/**
 * No request has a use for more. What walks a value that was sent (schemas, serializers, hashes) does so by recursion, and `JSON.parse`
 * alone has no bound: without one, depth would end as a fault of the server.
 */
const MAX_LEVELS = 100;

/** Parses JSON of a client; `what` names it in the refusal ("body", "message"). Throws `malformed-json`. */
export function parseJson(text: string, what: string): unknown {
  const value = parse(text, what);
  if (isDeeperThan(MAX_LEVELS, value))
    throw new SandglassError(
      'malformed-json',
      `Cannot read the ${what}: it is nested deeper than ${MAX_LEVELS} levels. Send a flatter one.`,
    );
  return value;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text around the fault, which helps its author and nobody else sees it.
    const reason = error instanceof Error ? error.message : String(error);
    throw new SandglassError('malformed-json', `Cannot read the ${what} as JSON: ${reason}.`, {cause: error});
  }
}

/** Looks no deeper than it must, so that it cannot fail itself. */
function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

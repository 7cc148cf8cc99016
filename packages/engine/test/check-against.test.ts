import {RECIPES, resolveLanguage} from '@sandglass/languages';
import {DEFAULT_REQUEST_POLICY, parseRunRequest, type RunRequest, SandglassError} from '@sandglass/protocol';
import {expect, test} from 'vitest';
import {checkAgainst, type RunChecks} from '../src/check-against.ts';

const GIB = 1024 ** 3;

/** Workers that have Python and C, and an image with nothing but Python. */
const TOOLCHAIN = {name: 'gcc', version: '1.0', digest: 'none'};
const entries = RECIPES.filter(({id}) => ['python', 'c'].includes(id)).map((recipe) => ({
  recipe,
  toolchains: [TOOLCHAIN],
  reason: null,
}));
const CHECKS: RunChecks = {
  languages: {resolve: (name) => resolveLanguage(entries, name)},
  levels: [
    {
      name: 'linux',
      kind: 'available',
      isDefault: true,
      isolation: {driver: 'linux', enforced: [], weaker: []},
      room: {memoryBytes: GIB},
      weaker: [],
    },
  ],
  images: [
    {name: 'host', digest: null, isDefault: true, languages: ['python', 'c']},
    {name: 'slim', digest: 'sha256:0', isDefault: false, languages: ['python']},
  ],
  pinnableCpus: [],
  network: {allowInternet: false, allow: []},
  judgeLimits: DEFAULT_REQUEST_POLICY.runLimits,
};
const PYTHON = {language: 'python', code: 'print(1)'};
const checker = (language: string): Pick<RunRequest, 'tests' | 'checker'> => ({
  tests: [{}],
  checker: {kind: 'program', language, code: 'x'},
});

test('what workers can run passes', () => {
  expect(checkAgainst(specOf({...PYTHON, image: 'slim'}), CHECKS).recipe.id).toBe('python');
  expect(checkAgainst(specOf({...PYTHON, ...checker('c')}), CHECKS).recipe.id).toBe('python');
});

test.each<[string, string, RunRequest]>([
  ['a language that there is not', 'unknown-language', {language: 'klingon', code: 'x'}],
  ['an image that there is not', 'unknown-image', {...PYTHON, image: 'gone'}],
  [
    'a language that the named image has not',
    'language-unavailable',
    {language: 'c', code: 'x', image: 'slim'},
  ],
  ['a checker in a language that there is not', 'unknown-language', {...PYTHON, ...checker('klingon')}],
  ['a level that no worker has', 'isolation-unavailable', {...PYTHON, isolation: 'gvisor'}],
  ['a network that is not allowed', 'network-not-allowed', {...PYTHON, network: 'internet'}],
  ['a core for itself where none is kept', 'isolation-unavailable', {...PYTHON, limits: {cpuPinning: true}}],
  ['more memory than its level has', 'invalid-request', {...PYTHON, limits: {memoryBytes: GIB + 1}}],
  [
    'a test with more memory than its level has',
    'invalid-request',
    {...PYTHON, tests: [{}, {limits: {memoryBytes: 2 * GIB}}]},
  ],
])('%s is refused before anything is stored', (_what, code, request) => {
  expect(codeOf(() => checkAgainst(specOf(request), CHECKS))).toBe(code);
});

test('what a level has no room for is refused naming the field, what was asked for and what there is', () => {
  const act = () => checkAgainst(specOf({...PYTHON, limits: {memoryBytes: 2 * GIB}}), CHECKS);
  expect(act).toThrow(/limits\.memoryBytes = 2147483648: .* level "linux" has 1073741824 at most/);
  expect(act).toThrow(
    expect.objectContaining({
      fields: [{path: '/limits/memoryBytes', message: 'must be <= 1073741824 at the level "linux"'}],
    }),
  );
});

function specOf(request: RunRequest) {
  return parseRunRequest(request, DEFAULT_REQUEST_POLICY);
}

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof SandglassError) return error.code;
    throw error;
  }
}

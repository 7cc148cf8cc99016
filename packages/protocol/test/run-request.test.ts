import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {DEFAULT_REQUEST_POLICY} from '../src/request-policy.ts';
import {parseRunRequest} from '../src/run-request.ts';

const valid = {language: 'python', code: 'print(1)'};
const file = (path: string, content = 'x') => ({path, content});

function problemsOf(request: unknown) {
  try {
    parseRunRequest(request);
  } catch (error) {
    return error as {code: string; message: string; fields: {path: string; message: string}[]}; // Only SandglassError is thrown.
  }
  return null;
}

describe('a run request', () => {
  it('becomes a complete description with every default in place', () => {
    expect(parseRunRequest(valid)).toMatchObject({
      language: 'python',
      code: new TextEncoder().encode('print(1)'),
      files: [],
      entry: null,
      stdin: new Uint8Array(),
      args: [],
      env: {},
      limits: DEFAULT_REQUEST_POLICY.runLimits,
      compileLimits: DEFAULT_REQUEST_POLICY.compileLimits,
      cpuPinning: false,
      outputPolicy: 'truncate',
      network: 'none',
      isolation: 'auto',
      cache: 'compile',
      priority: 'interactive',
      callback: null,
      metadata: {},
    });
  });

  it('keeps input byte for byte, from text and from base64', () => {
    const text = 'a "quoted" $line\\\n\r\n\u0000€';
    expect(parseRunRequest({...valid, stdin: text}).stdin).toEqual(new TextEncoder().encode(text));
    expect(parseRunRequest({...valid, stdinBase64: '/wAB'}).stdin).toEqual(new Uint8Array([255, 0, 1]));
  });

  it('takes files without code, and an entry among them', () => {
    const spec = parseRunRequest({
      language: 'c',
      files: [file('src/a.c'), file('src/b.c')],
      entry: 'src/b.c',
    });
    expect(spec).toMatchObject({code: null, entry: 'src/b.c', files: [{path: 'src/a.c'}, {path: 'src/b.c'}]});
  });

  it('asks for a core of its own among the limits of the run', () => {
    expect(parseRunRequest({...valid, limits: {cpuPinning: true, wallTimeMs: 5}})).toMatchObject({
      cpuPinning: true,
      limits: {wallTimeMs: 5},
    });
  });

  it('lowers defaults to the maximum of the server', () => {
    const maxLimits = {...DEFAULT_REQUEST_POLICY.maxLimits, wallTimeMs: 2000};
    expect(parseRunRequest(valid, {...DEFAULT_REQUEST_POLICY, maxLimits}).limits.wallTimeMs).toBe(2000);
  });
});

describe('a run request is refused as invalid', () => {
  it.each([
    ['nothing', undefined, ''],
    ['a list', [], ''],
    ['no language', {code: 'x'}, '/language'],
    ['neither code nor files', {language: 'c'}, '/code'],
    ['empty code', {language: 'c', code: ''}, '/code'],
    ['a number as code', {language: 'c', code: 1}, '/code'],
    ['an unknown field', {...valid, cod: 'x'}, '/cod'],
    ['an unknown field within limits', {...valid, limits: {walltime: 1}}, '/limits/walltime'],
    ['a limit of zero', {...valid, limits: {wallTimeMs: 0}}, '/limits/wallTimeMs'],
    ['a negative limit', {...valid, limits: {processes: -1}}, '/limits/processes'],
    ['a limit that is no number', {...valid, limits: {memoryBytes: Number.NaN}}, '/limits/memoryBytes'],
    ['an endless limit', {...valid, limits: {memoryBytes: Number.POSITIVE_INFINITY}}, '/limits/memoryBytes'],
    ['a limit as text', {...valid, limits: {cpuTimeMs: '1'}}, '/limits/cpuTimeMs'],
    ['half a process', {...valid, limits: {processes: 1.5}}, '/limits/processes'],
    ['a core for the compiler', {...valid, compileLimits: {cpuPinning: true}}, '/compileLimits/cpuPinning'],
    ['a number of cores to pin', {...valid, limits: {cpuPinning: 1}}, '/limits/cpuPinning'],
    ['a compile limit of zero', {...valid, compileLimits: {cpuCount: 0}}, '/compileLimits/cpuCount'],
    ['stdin twice', {...valid, stdin: 'a', stdinBase64: 'YQ=='}, '/stdinBase64'],
    ['broken base64', {...valid, stdinBase64: 'YQ='}, '/stdinBase64'],
    ['half a surrogate pair', {language: 'c', code: '\ud800'}, '/code'],
    ['a file without content', {language: 'c', files: [{path: 'a'}]}, '/files/0'],
    [
      'a file with two contents',
      {language: 'c', files: [{...file('a'), contentBase64: ''}]},
      '/files/0/contentBase64',
    ],
    ['an entry that is no file', {language: 'c', files: [file('a')], entry: 'b'}, '/entry'],
    ['a NUL in an argument', {...valid, args: ['a\0b']}, '/args/0'],
    ['a variable with a space', {...valid, env: {'a b': 'x'}}, '/env/a b'],
    ['a variable with a line break', {...valid, env: {'a\nb': 'x'}}, '/env/a\nb'],
    ['a variable that is no text', {...valid, env: {A: 1}}, '/env/A'],
    ['an unknown isolation level', {...valid, isolation: 'vm'}, '/isolation'],
    ['an unknown network', {...valid, network: 'some'}, '/network'],
    ['a callback to a file', {...valid, callback: {url: 'file:///etc/passwd'}}, '/callback/url'],
    ['a callback with a password', {...valid, callback: {url: 'https://u:p@example.org/'}}, '/callback/url'],
    ['metadata of 5 KiB', {...valid, metadata: {a: 'x'.repeat(5000)}}, '/metadata'],
    ['artifacts outside', {...valid, artifacts: ['../*']}, '/artifacts/0'],
    ['101 compiler options', {...valid, compilerOptions: Array(101).fill('-O')}, '/compilerOptions'],
  ])('%s', (_, request, path) => {
    const refusal = problemsOf(request);
    expect(refusal?.code).toBe('invalid-request');
    expect(refusal?.fields.map((field) => field.path)).toContain(path);
    expect(refusal?.message).toMatch(/^Cannot accept the run: /);
  });

  it.each([
    ['..', '..'],
    ['a/../b', '..'],
    ['/etc/passwd', 'absolute'],
    ['a\0', 'control'],
    ['a\nb', 'control'],
    ['', 'empty'],
    ['a//b', 'empty name'],
    ['a/', 'empty name'],
    ['./a', '"."'],
    ['a\\b', 'backslash'],
    ['x'.repeat(256), '255'],
    [`${'a/'.repeat(40)}a`, '32 levels'],
    ['.sandglass/x', 'reserved'],
    ['a\ud800', 'surrogate'],
  ])('for the path %j', (path, reason) => {
    expect(problemsOf({language: 'c', files: [file(path)]})?.fields[0]).toMatchObject({
      path: '/files/0/path',
      message: expect.stringContaining(reason),
    });
  });

  it('for a file twice, and for a file where another needs a folder, whatever the order', () => {
    const of = (...paths: string[]) =>
      problemsOf({language: 'c', files: paths.map((path) => file(path))})?.fields.map(({message}) => message);
    expect(of('a', 'a')).toEqual([expect.stringContaining('twice')]);
    expect(of('a', 'a/b')).toEqual([expect.stringContaining('folder "a"')]);
    expect(of('a/b/c', 'a/b')).toEqual([expect.stringContaining('folder "a/b"')]);
  });

  it('suggesting the name that was probably meant', () => {
    expect(problemsOf({...valid, limits: {wall_time_ms: 1}})?.message).toContain(
      'did you mean "wallTimeMs"?',
    );
  });

  it('naming every problem, up to twenty', () => {
    const files = Array.from({length: 50}, (_, index) => file(`/${index}`));
    expect(problemsOf({language: 'c', files})?.fields).toHaveLength(20);
  });
});

describe('a run request is understood but refused', () => {
  it('for a limit above the maximum, naming it', () => {
    const refusal = problemsOf({...valid, limits: {wallTimeMs: 300_001}});
    expect(refusal).toMatchObject({code: 'limit-too-high', message: expect.stringContaining('300000')});
  });
});

describe('parsing anything at all', () => {
  it('gives a description or one of three refusals, never another error', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({language: fc.string(), code: fc.string()}, {requiredKeys: []}),
    );
    const field = fc.constantFrom(
      'files',
      'limits',
      'env',
      'args',
      'network',
      'callback',
      'metadata',
      'stdin',
      'stdinBase64',
      'entry',
      'artifacts',
    );
    fc.assert(
      fc.property(anything, field, fc.anything(), (request, name, value) => {
        for (const candidate of [request, {...valid, [name]: value}]) {
          const refusal = problemsOf(candidate);
          if (refusal !== null)
            expect(['invalid-request', 'limit-too-high', 'unsupported-feature']).toContain(refusal.code);
        }
      }),
      {numRuns: 500},
    );
  });

  it('never lets a path out of the working directory', () => {
    const segment = fc.oneof(fc.constantFrom('..', '.', '', 'a', '\\', '\0'), fc.string({maxLength: 5}));
    fc.assert(
      fc.property(fc.array(segment, {minLength: 1, maxLength: 6}), (segments) => {
        const path = segments.join('/');
        if (problemsOf({language: 'c', files: [file(path)]}) !== null) return;
        expect(path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')).toBe(true);
        expect(path).not.toMatch(/^\/|\\|\p{Cc}/u);
      }),
      {numRuns: 2000},
    );
  });
});

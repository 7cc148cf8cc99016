import type {Checker, Judging, TestSpec} from '@sandglass/protocol';

/** A judging without its byte strings, which follow as parts: for each test `stdin` and, when it has one, `expected`; then the codes. */
export interface JudgingHead extends Pick<Judging, 'stopOnFailure'> {
  readonly tests: readonly (Omit<TestSpec, 'stdin' | 'expected'> & {readonly hasExpected: boolean})[];
  readonly checker:
    | Exclude<Checker, {kind: 'program'}>
    | {readonly kind: 'program'; readonly language: string};
  readonly interactor: {readonly language: string} | null;
}

export function packJudging({tests, checker, interactor, stopOnFailure}: Judging): {
  head: JudgingHead;
  parts: Uint8Array[];
} {
  const parts: Uint8Array[] = [];
  const head: JudgingHead = {
    tests: tests.map(({stdin, expected, ...rest}) => {
      parts.push(stdin, ...(expected === null ? [] : [expected]));
      return {...rest, hasExpected: expected !== null};
    }),
    checker: checker.kind === 'program' ? {kind: 'program', language: checker.language} : checker,
    interactor: interactor === null ? null : {language: interactor.language},
    stopOnFailure,
  };
  if (checker.kind === 'program') parts.push(checker.code);
  if (interactor !== null) parts.push(interactor.code);
  return {head, parts};
}

/** `next` gives the parts in the order in which `packJudging` listed them. */
export function unpackJudging(
  {tests, checker, interactor, stopOnFailure}: JudgingHead,
  next: () => Uint8Array,
): Judging {
  return {
    tests: tests.map(({hasExpected, ...rest}) => ({
      ...rest,
      stdin: next(),
      expected: hasExpected ? next() : null,
    })),
    checker: checker.kind === 'program' ? {...checker, code: next()} : checker,
    interactor: interactor === null ? null : {...interactor, code: next()},
    stopOnFailure,
  };
}

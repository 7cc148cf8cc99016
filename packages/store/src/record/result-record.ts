import type {Artifact, RunResult, Step, TestResult} from '@sandglass/protocol';
import {decodeText, encodeText, packRecord, unpackRecord} from './record-format.ts';

/** Shorter texts cost less inside the head than a part of their own. */
const MIN_PART_CHARACTERS = 512;

/** A text in the head, or the number of the part that holds it as UTF-8. */
type StoredText = string | {readonly part: number};

type TextField = 'stdout' | 'stderr' | 'stdoutBase64' | 'stderrBase64';
type StepWith<Text> = Omit<Step, TextField> & {
  readonly stdout: Text;
  readonly stderr: Text;
  readonly stdoutBase64?: Text;
  readonly stderrBase64?: Text;
};

/** The head is the result with long output and artifacts moved to parts. */
interface ResultHead extends Omit<RunResult, 'compile' | 'run' | 'tests' | 'artifacts'> {
  readonly compile: StepWith<StoredText> | null;
  readonly run: StepWith<StoredText> | null;
  readonly tests: readonly (Omit<TestResult, 'run'> & {readonly run: StepWith<StoredText> | null})[];
  readonly artifacts: readonly (Omit<Artifact, 'contentBase64'> & {readonly contentBase64: StoredText})[];
}

export function encodeResult(result: RunResult): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const store = (text: string): StoredText => {
    // UTF-8 cannot hold half a surrogate pair; JSON escapes it, so such a text stays in the head.
    if (text.length < MIN_PART_CHARACTERS || !text.isWellFormed()) return text;
    return {part: parts.push(encodeText(text)) - 1};
  };
  const head: ResultHead = {
    ...result,
    compile: result.compile === null ? null : mapTexts(result.compile, store),
    run: result.run === null ? null : mapTexts(result.run, store),
    tests: result.tests.map((test) => ({
      ...test,
      run: test.run === null ? null : mapTexts(test.run, store),
    })),
    artifacts: result.artifacts.map((artifact) => ({
      ...artifact,
      contentBase64: store(artifact.contentBase64),
    })),
  };
  return packRecord(head, parts);
}

/** Throws `store-failed` for a damaged record. */
export function decodeResult(record: Uint8Array): RunResult {
  const unpacked = unpackRecord(record);
  // Heads of this version are written by encodeResult only.
  const head = unpacked.head as ResultHead;
  const load = (text: StoredText): string =>
    typeof text === 'string' ? text : decodeText(unpacked.parts[text.part] ?? new Uint8Array());
  return {
    ...head,
    compile: head.compile === null ? null : mapTexts(head.compile, load),
    run: head.run === null ? null : mapTexts(head.run, load),
    tests: head.tests.map((test) => ({
      ...test,
      run: test.run === null ? null : mapTexts(test.run, load),
    })),
    artifacts: head.artifacts.map((artifact) => ({...artifact, contentBase64: load(artifact.contentBase64)})),
  };
}

function mapTexts<From, To>(step: StepWith<From>, map: (text: From) => To): StepWith<To> {
  const {stdout, stderr, stdoutBase64, stderrBase64, ...rest} = step;
  return {
    ...rest,
    stdout: map(stdout),
    stderr: map(stderr),
    ...(stdoutBase64 === undefined ? {} : {stdoutBase64: map(stdoutBase64)}),
    ...(stderrBase64 === undefined ? {} : {stderrBase64: map(stderrBase64)}),
  };
}

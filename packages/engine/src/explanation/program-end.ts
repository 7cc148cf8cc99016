import type {ExitReport} from '@sandglass/sandbox';

/** The end of a sentence about a program: `ended with exit code 1`, `was ended by SIGSEGV`. */
export function programEnd({exitCode, signal}: Pick<ExitReport, 'exitCode' | 'signal'>): string {
  return signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
}

import type {EXIT_CODES} from './exit-codes.ts';

/** Something the person at the command line can mend: shown without a stack, then the process ends with `exitCode`. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

  constructor(exitCode: CliError['exitCode'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

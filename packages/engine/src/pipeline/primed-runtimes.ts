import type {PrimeableRuntime} from '@sandglass/languages';
import type {RuntimeTemplate, SandboxFile} from '@sandglass/sandbox';

/** What a program is about to be started with. */
export interface ProgramStart {
  readonly argv: readonly string[];
  readonly files: readonly SandboxFile[];
}

/** The runtimes that wait for programs, and which programs they are for. */
export class PrimedRuntimes {
  readonly #byArguments = new Map<string, PrimeableRuntime>();

  add(image: string, runtime: PrimeableRuntime): void {
    this.#byArguments.set(key(image, runtime.template.argv), runtime);
  }

  /**
   * The template that this program may take over, if there is one. What else must be the same, the environment above all, is compared where
   * it is started; that it differs is rare, and costs only the waiting runtime.
   */
  find(image: string, {argv, files}: ProgramStart): RuntimeTemplate | undefined {
    const runtime = this.#byArguments.get(key(image, argv));
    return runtime?.isExactFor(files) ? runtime.template : undefined;
  }
}

function key(image: string, argv: readonly string[]): string {
  return [image, ...argv].join('\0');
}

import type {RunRequest} from '@sandglass/protocol';

/** A program as it is sent to the server, and how a person would build and start it by hand. */
export interface BenchProgram {
  readonly name: string;
  readonly request: RunRequest;
  readonly sourceFile: string;
  /** Run once, in the folder of the source file. Not part of the measurement; on the server it is the cached compile. */
  readonly buildArgv: readonly string[] | null;
  /** Absolute program first; `{folder}` stands for the folder of the source file. */
  readonly startArgv: readonly string[];
}

const C = '#include <stdio.h>\nint main(void) { puts("hello"); }\n';
const JAVA = 'class Main { public static void main(String[] args) { System.out.println("hello"); } }\n';

/** The smallest program of each kind: what is measured is starting it, not what it computes. */
export function benchPrograms(nodePath: string): readonly BenchProgram[] {
  return [
    {
      name: 'C',
      request: {language: 'c', code: C},
      sourceFile: 'main.c',
      buildArgv: ['gcc', '-O2', '-o', 'main', 'main.c'],
      startArgv: ['{folder}/main'],
    },
    {
      name: 'Python',
      request: {language: 'python', code: 'print("hello")\n'},
      sourceFile: 'main.py',
      buildArgv: null,
      startArgv: ['/usr/bin/python3', '{folder}/main.py'],
    },
    {
      name: 'Node',
      request: {language: 'javascript', code: 'console.log("hello");\n'},
      sourceFile: 'main.js',
      buildArgv: null,
      startArgv: [nodePath, '{folder}/main.js'],
    },
    {
      name: 'Java',
      request: {language: 'java', code: JAVA},
      sourceFile: 'Main.java',
      buildArgv: ['javac', 'Main.java'],
      startArgv: ['/usr/bin/java', '-cp', '{folder}', 'Main'],
    },
  ];
}

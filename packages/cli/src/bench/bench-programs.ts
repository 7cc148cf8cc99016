import type {RunRequest} from '@sandglass/protocol';

/** The smallest program of each kind of language; the first is the one that is run many at once. */
export const BENCH_PROGRAMS: readonly RunRequest[] = [
  {language: 'c', code: '#include <stdio.h>\nint main(void) { puts("hello"); }\n'},
  {language: 'python', code: 'print("hello")\n'},
  {language: 'javascript', code: 'console.log("hello");\n'},
  {
    language: 'java',
    code: 'class Main { public static void main(String[] args) { System.out.println("hello"); } }\n',
  },
  {language: 'bash', code: 'echo hello\n'},
];

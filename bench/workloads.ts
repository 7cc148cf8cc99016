import type {RunRequest} from '@sandglass/protocol';

export const WORKLOAD_IDS = ['python', 'node', 'java', 'cpp', 'cpp-cached', 'c'] as const;
export type WorkloadId = (typeof WORKLOAD_IDS)[number];

/** A small program, as it is sent somewhere, and how a person would build and start it by hand. */
export interface Workload {
  readonly id: WorkloadId;
  readonly title: string;
  readonly language: 'python' | 'javascript' | 'java' | 'cpp' | 'c';
  readonly code: string;
  readonly stdin: string;
  /** What a good run prints. */
  readonly expected: string;
  readonly sourceFile: string;
  /** In the folder of the source file; null when there is nothing to build. */
  readonly buildArgv: readonly string[] | null;
  /** Absolute program first; `{folder}` stands for the folder of the source file. */
  readonly startArgv: readonly string[];
  /** Building by hand is a part of what is measured. Otherwise it is done once, before. */
  readonly isBuildTimed: boolean;
  /** Each source is new to whoever might keep results of compiling: a comment with a number is added. */
  readonly isSourceFresh: boolean;
}

const C = '#include <stdio.h>\nint main(void) { puts("hello"); }\n';
const CPP =
  '#include <bits/stdc++.h>\nusing namespace std;\nint main() { long a, b; cin >> a >> b; cout << a + b << endl; }\n';
const JAVA = 'class Main { public static void main(String[] args) { System.out.println("hello"); } }\n';

const cpp = {
  language: 'cpp',
  code: CPP,
  stdin: '1 2\n',
  expected: '3\n',
  sourceFile: 'main.cpp',
  buildArgv: ['/usr/bin/g++', '-O2', '-o', 'main', 'main.cpp'],
  startArgv: ['{folder}/main'],
  isBuildTimed: true,
} as const;
const hello = {stdin: '', expected: 'hello\n'} as const;
const script = {...hello, buildArgv: null, isBuildTimed: false, isSourceFresh: false} as const;

/** The programs of the performance aims. `nodePath`: the Node that is started by hand, the same version as runs get. */
export function workloads(nodePath: string): readonly Workload[] {
  return [
    {
      ...script,
      id: 'python',
      title: 'Python hello',
      language: 'python',
      code: 'print("hello")\n',
      sourceFile: 'main.py',
      startArgv: ['/usr/bin/python3', '{folder}/main.py'],
    },
    {
      ...script,
      id: 'node',
      title: 'Node hello',
      language: 'javascript',
      code: 'console.log("hello");\n',
      sourceFile: 'main.js',
      startArgv: [nodePath, '{folder}/main.js'],
    },
    {
      ...hello,
      id: 'java',
      title: 'Java hello from source',
      language: 'java',
      code: JAVA,
      sourceFile: 'Main.java',
      buildArgv: ['/usr/bin/javac', 'Main.java'],
      startArgv: ['/usr/bin/java', '-cp', '{folder}', 'Main'],
      isBuildTimed: true,
      isSourceFresh: true,
    },
    {...cpp, id: 'cpp', title: 'C++ A+B from source', isSourceFresh: true},
    {...cpp, id: 'cpp-cached', title: 'C++ A+B from source, seen before', isSourceFresh: false},
    {
      ...hello,
      id: 'c',
      title: 'C hello, compiled before',
      language: 'c',
      code: C,
      sourceFile: 'main.c',
      buildArgv: ['/usr/bin/gcc', '-O2', '-o', 'main', 'main.c'],
      startArgv: ['{folder}/main'],
      isBuildTimed: false,
      isSourceFresh: false,
    },
  ];
}

let freshSources = 0;
const firstSource = Date.now();

/** The source to send next: new each time where the workload wants that, also to a cache on disk that outlives this process. */
export function nextCode({code, language, isSourceFresh}: Workload): string {
  if (!isSourceFresh) return code;
  freshSources += 1;
  const mark = language === 'python' ? '#' : '//';
  return `${code}${mark} ${firstSource}-${freshSources}\n`;
}

export function runRequest(workload: Workload): RunRequest {
  return {language: workload.language, code: nextCode(workload), stdin: workload.stdin};
}

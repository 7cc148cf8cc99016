import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type LanguageLab, openLanguageLab} from '../support/language-lab.ts';

/** Three lines, each 0.3 s after the other, in no language flushed by hand. */
const PROGRAMS: Readonly<Record<string, string>> = {
  python: 'import time\nfor i in range(3):\n    print(i)\n    time.sleep(0.3)\n',
  javascript:
    'for (let i = 0; i < 3; i++) { console.log(i); await new Promise((r) => setTimeout(r, 300)); }\nexport {};',
  typescript:
    'for (let i = 0; i < 3; i++) { console.log(i); await new Promise((r) => setTimeout(r, 300)); }\nexport {};',
  c: '#include <stdio.h>\n#include <unistd.h>\nint main(void) { for (int i = 0; i < 3; i++) { printf("%d\\n", i); usleep(300000); } }',
  cpp: '#include <iostream>\n#include <unistd.h>\nint main() { for (int i = 0; i < 3; i++) { std::cout << i << "\\n"; usleep(300000); } }',
  java: 'public class Main { public static void main(String[] a) throws Exception { for (int i = 0; i < 3; i++) { System.out.println(i); Thread.sleep(300); } } }',
  go: 'package main\nimport ("fmt"; "time")\nfunc main() { for i := 0; i < 3; i++ { fmt.Println(i); time.Sleep(300 * time.Millisecond) } }',
  rust: 'fn main() { for i in 0..3 { println!("{}", i); std::thread::sleep(std::time::Duration::from_millis(300)); } }',
  ruby: '3.times { |i| puts i; sleep 0.3 }',
  php: '<?php for ($i = 0; $i < 3; $i++) { echo $i, "\\n"; usleep(300000); }',
  bash: 'for i in 0 1 2; do echo $i; sleep 0.3; done',
  perl: 'for my $i (0..2) { print "$i\\n"; select(undef, undef, undef, 0.3); }',
  lua: 'for i = 0, 2 do print(i) os.execute("sleep 0.3") end',
};

describe('row 14: live output arrives when it is printed', () => {
  let lab: LanguageLab;
  beforeAll(async () => {
    lab = await openLanguageLab();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test.for(Object.entries(PROGRAMS))('in %s', async ([language, code], {skip}) => {
    const arrivals: {text: string; atMs: number}[] = [];
    const result = await lab.run(language, code, {
      isLive: true,
      onOutput: (text, atMs) => arrivals.push({text, atMs}),
    });
    if (result === null) return skip(`this host has no ${language}`);
    expect(result.run?.stderr).toBe('');
    expect(result.run?.stdout).toBe('0\n1\n2\n');
    const [first = 0, second = 0, third = 0] = ['0', '1', '2'].map(
      (digit) => arrivals.find(({text}) => text.includes(digit))?.atMs,
    );
    expect(second - first).toBeGreaterThan(200);
    expect(third - second).toBeGreaterThan(200);
  });
});

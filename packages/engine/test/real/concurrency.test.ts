import {describe, expect, it} from 'vitest';
import {useRealEngine} from '../support/real-engine.ts';

const real = useRealEngine();

describe('many runs at once', () => {
  it('row 33: ten sleeps of two seconds end together, with no output mixed up', async () => {
    const startedAt = performance.now();
    const runs = Array.from({length: 10}, (_, index) =>
      real.run({
        language: 'python',
        code: `import time\nprint("begin ${index}")\ntime.sleep(2)\nprint("end ${index}")`,
      }),
    );
    const results = await Promise.all(runs);
    expect(performance.now() - startedAt).toBeLessThan(8000);
    for (const [index, result] of results.entries())
      expect(result).toMatchObject({outcome: 'ok', run: {stdout: `begin ${index}\nend ${index}\n`}});
  });

  it('two hundred runs beside fork bombs and floods all get their own answer', async () => {
    const [bomb, flood] = ['fork();', 'puts("flood");'].map((endlessly) => ({
      code: `#include <stdio.h>\n#include <unistd.h>\nint main(void){for(;;)${endlessly}}`,
      wallTimeMs: 2000,
    }));
    // The others leave it little of the processor, and it is to be ended by its memory.
    const hog = {
      code: '#include <stdlib.h>\n#include <string.h>\nint main(void){for(;;)memset(malloc(1<<20),1,1<<20);}',
      wallTimeMs: 30_000,
    };
    const hostile = [bomb, flood, hog].map(({code = '', wallTimeMs} = hog) =>
      real.run({language: 'c', code, limits: {wallTimeMs, memoryBytes: 134_217_728}}),
    );
    const code = 'import sys\nprint(sys.stdin.read())';
    const results = [];
    for (let from = 0; from < 200; from += 20)
      results.push(
        ...(await Promise.all(
          Array.from({length: 20}, (_, index) =>
            real.run({language: 'python', code, stdin: String(from + index)}),
          ),
        )),
      );
    expect(results.map(({run}) => run?.stdout)).toEqual(
      Array.from({length: 200}, (_, index) => `${index}\n`),
    );
    const outcomes = (await Promise.all(hostile)).map(({outcome}) => outcome);
    expect(outcomes).toEqual(['time-limit', 'time-limit', 'memory-limit']);
  });
});

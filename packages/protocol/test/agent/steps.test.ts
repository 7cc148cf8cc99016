import {readFileSync} from 'node:fs';
import {STEPS, stepName} from '@sandglass/protocol/agent';
import {describe, expect, it} from 'vitest';

const HEADER = new URL('../../../../native/common/steps.h', import.meta.url);

describe('STEPS', () => {
  it('has the numbers and names of native/common/steps.h, all of them and no others', () => {
    const table = readFileSync(HEADER, 'utf8').matchAll(/X\((\d+), \w+, "([^"]+)"\)/g);
    expect(STEPS).toEqual(Object.fromEntries([...table].map(([, number, name]) => [number, name])));
  });

  it('leaves a step of a newer agent readable', () => {
    expect(stepName(24)).toBe('exec');
    expect(stepName(9999)).toBe('step 9999');
  });
});

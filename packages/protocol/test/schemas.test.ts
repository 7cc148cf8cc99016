import {describe, expectTypeOf, it} from 'vitest';
import type {Run} from '../src/run.ts';
import type {RunFromSchema} from '../src/run-schema.ts';

type Mutable<Value> = Value extends readonly (infer Member)[]
  ? Mutable<Member>[]
  : Value extends object
    ? {-readonly [Name in keyof Value]: Mutable<Value[Name]>}
    : Value;

describe('the schema of a run', () => {
  it('has the fields and types that the type has', () => {
    expectTypeOf<Mutable<Run>>().toEqualTypeOf<Mutable<RunFromSchema>>();
  });
});

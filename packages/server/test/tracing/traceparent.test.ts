import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {readTraceparent, writeTraceparent} from '../../src/tracing/traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it('is read as the recommendation says, and written the same', () => {
    const context = readTraceparent(`00-${TRACE}-${SPAN}-01`);
    expect(context).toEqual({traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true});
    expect(context && writeTraceparent(context)).toBe(`00-${TRACE}-${SPAN}-01`);
  });

  it('of a later version is read as far as this one knows it', () => {
    expect(readTraceparent(`01-${TRACE}-${SPAN}-fe-more`)).toMatchObject({traceId: TRACE, traceFlags: 0});
  });

  it.each([
    ['nothing', undefined],
    ['several headers', [`00-${TRACE}-${SPAN}-01`]],
    ['no trace id', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more than its version has', `00-${TRACE}-${SPAN}-01-x`],
    ['too much', `01-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`],
  ])('with %s is none', (_what, value) => {
    expect(readTraceparent(value)).toBeNull();
  });

  it('of whatever text is none or one that is written as 55 characters', () => {
    fc.assert(
      fc.property(fc.string({unit: fc.constantFrom(...'0123456789abcdef-\n')}), (text) => {
        const context = readTraceparent(text);
        return context === null || writeTraceparent(context).length === 55;
      }),
    );
  });
});

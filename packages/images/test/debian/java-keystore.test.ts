import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {withFixedTimes} from '../../src/debian/java-keystore.ts';

describe('A list of certificate authorities for Java', () => {
  it('is the same whenever it was put together', () => {
    const [first, second] = [keystore(1_700_000_000_123n), keystore(1_800_000_000_456n)];
    expect(first).not.toEqual(second);
    expect(withFixedTimes(first, 1_600_000_000)).toEqual(withFixedTimes(second, 1_600_000_000));
    expect(withFixedTimes(first, 1_600_000_000)).toEqual(keystore(1_600_000_000_000n));
  });

  it('stays as it is when it is of another form, cut off or damaged', () => {
    const whole = keystore(1n);
    expect(withFixedTimes(Buffer.from('30820a', 'hex'), 0)).toBeNull();
    expect(withFixedTimes(Buffer.alloc(0), 0)).toBeNull();
    for (let length = 0; length < whole.length; length += 1)
      expect(withFixedTimes(whole.subarray(0, length), 0)).toBeNull();
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 30] = (damaged[damaged.length - 30] ?? 0) ^ 1;
    expect(withFixedTimes(damaged, 0)).toBeNull();
  });
});

/** As OpenJDK writes it. */
function keystore(timeMs: bigint): Buffer {
  const text = (value: string) => Buffer.concat([number(2, value.length), Buffer.from(value)]);
  const entry = (alias: string, certificate: string) =>
    Buffer.concat([
      ...[number(4, 2), text(alias), number(8, timeMs), text('X.509')],
      ...[number(4, certificate.length), Buffer.from(certificate)],
    ]);
  const content = Buffer.concat([
    ...[number(4, 0xfeedfeed), number(4, 2), number(4, 2)],
    ...[entry('debian:one.pem', 'a certificate'), entry('debian:two.pem', 'another')],
  ]);
  const password = Buffer.from('changeit', 'utf16le').swap16();
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(content).digest();
  return Buffer.concat([content, digest]);
}

function number(bytes: number, value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
}

/** The smallest of 1, 2, 5 × 10ⁿ that is at least `value`: where a plot's axis ends. At least 1, so that zero lies at the foot. */
export function niceCeiling(value: number): number {
  if (!(value > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 10 * power;
}

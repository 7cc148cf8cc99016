/** Milliseconds as they stand in tables. */
export function ms(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** Milliseconds with three decimals: what the clocks behind them are good for. */
export function roundTime(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

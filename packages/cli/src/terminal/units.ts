const STEPS = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

/** Bytes for people: `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of STEPS) if (bytes >= size) return `${round(bytes / size)} ${unit}`;
  return `${bytes} B`;
}

/** Milliseconds for people: `0.84 ms`, `12 ms`, `1.50 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${round(ms)} ms`;
}

function round(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
